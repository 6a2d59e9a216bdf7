"""Documents on paper and screen (文书): sealed PDFs with a code by which anybody learns whether they are genuine."""
