"""`python peer.py ADDRESS MESSAGES`, by a Python that has django-outbound-webhooks: seconds that its relay needs.

Endpoints stand on standard input, a line each; the messages are spread over them. It knows nothing of this program.
"""

# mypy: ignore-errors
from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings

APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django_domain_events", "django_outbound_webhooks"]
SECRET = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="


def database(address: str) -> dict[str, object]:
    parts = urlsplit(address)
    asked = parse_qs(parts.query)
    host = (asked.get("host") or [parts.hostname or ""])[0]
    port = (asked.get("port") or [parts.port or ""])[0]
    return {
        "ENGINE": "django.db.backends.postgresql", "NAME": parts.path.strip("/"), "USER": parts.username or "",
        "PASSWORD": parts.password or "", "HOST": host, "PORT": port,
    }  # fmt: skip


def main() -> None:
    address, messages = sys.argv[1], int(sys.argv[2])
    urls = sys.stdin.read().split()
    settings.configure(
        SECRET_KEY="x" * 50, USE_TZ=True, DATABASES={"default": database(address)},
        INSTALLED_APPS=APPS,
        DJANGO_OUTBOUND_WEBHOOKS={"ALLOW_PRIVATE_ADDRESSES": True}, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )  # fmt: skip
    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction
    from django_domain_events import event, fire
    from django_domain_events.delivery.deliver import deliver_pending
    from django_outbound_webhooks import register_endpoint

    call_command("migrate", verbosity=0)
    made = []
    for number in range(len(urls)):
        told = type(f"Told{number}", (), {"__annotations__": {"number": int}, "__module__": __name__})
        made.append(event(name=f"peer.Told{number}")(dataclass(frozen=True)(told)))
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'django_%%_%%'")
        tables = [row[0] for row in cursor.fetchall() if row[0] not in ("django_migrations", "django_content_type")]
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
    for number, url in enumerate(urls):
        register_endpoint(name=f"endpoint {number}", url=url, secret=SECRET, event_names=[f"peer.Told{number}"])
    with transaction.atomic():
        for place in range(messages):
            fire(made[place % len(made)](number=place))
    began, done = time.perf_counter(), 0
    while done < messages:
        counts = deliver_pending(worker_id="bench", batch_size=200)
        done += sum(counts.values())
        if not counts:
            break
    took = time.perf_counter() - began
    if done < messages:
        raise SystemExit(f"only {done} of {messages} were delivered")
    print(took)


if __name__ == "__main__":
    main()
