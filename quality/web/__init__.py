"""HTTP glue: one transaction a request, refusals as pages or problems, headers, languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from flask import Flask

    from quality.core.config import Settings


def init_app(app: Flask, settings: Settings) -> None:
    # what begins the processes (children.py) is of this room, and starts without what pages need
    from flask_babel import Babel  # noqa: PLC0415
    from werkzeug.middleware.proxy_fix import ProxyFix  # noqa: PLC0415

    from quality.core.surroundings import CHECKOUT, KEPT  # noqa: PLC0415
    from quality.web import asked, bounds, errors, headers, language  # noqa: PLC0415
    from quality.web.compiled import CompiledTemplates  # noqa: PLC0415

    if proxies := settings.trusted_proxies:  # else everybody would try passwords from one address, that of the proxy
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    app.config["BABEL_DEFAULT_LOCALE"] = settings.default_language
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(CHECKOUT / "quality" / "translations")
    Babel(app, locale_selector=language.chosen, default_timezone="Asia/Shanghai")
    app.jinja_env.globals["_"] = language.say
    app.jinja_env.globals["ngettext"] = language.say_so_many
    app.jinja_env.bytecode_cache = CompiledTemplates(KEPT / "templates")
    asked.init_app(app, behind_proxies=settings.trusted_proxies > 0)
    bounds.init_app(app)
    errors.init_app(app)
    headers.init_app(app)


def settings() -> Settings:
    """What the running program was told."""
    from flask import current_app  # noqa: PLC0415

    return cast("Settings", current_app.config["SETTINGS"])
