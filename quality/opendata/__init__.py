"""All that is public, as files for programs: complete, and what changed since; in three formats, with their hashes."""
