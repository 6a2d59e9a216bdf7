"""Public pages as linked data in the words of schema.org, for search engines and for catalogues of data.

A result is a Report about a product, and no Review: nobody gives stars here. Who is named on the product as its
producer is not said to have made it: that is what the product says. Figures are a Dataset, with what was measured; what
is open to everybody is a DataCatalog.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import url_for

from quality.campaigns.models import Campaign
from quality.core.clock import rfc3339
from quality.core.words import TAGS, Text, _, in_script
from quality.opendata.models import Dump
from quality.pages.languages import tag_now
from quality.pages.moments import local
from quality.pages.published import in_a_sentence
from quality.pages.sharing import whole
from quality.pages.words import word
from quality.publication.counting import Counted
from quality.publication.models import Result, ResultStatus
from quality.web import settings

Said = dict[str, Any]
CONTEXT = "https://schema.org"
STATES = {ResultStatus.PUBLISHED: "Published", ResultStatus.SUPERSEDED: "Superseded"}


def at(endpoint: str, **values: Any) -> str:
    """Where something stands, without a language: what it is called by everybody."""
    return settings().public_url + url_for(endpoint, lang=None, **values)


def said(kind: str, **about: Any) -> Said:
    """Nothing that is empty."""
    return {"@type": kind, **{name: value for name, value in about.items() if value}}


def page(kind: str, *, path: str, **about: Any) -> Said:
    """What a page is about, in its language, free for everybody and under the licence of the open data."""
    return {
        "@context": CONTEXT,
        "@id": settings().public_url + path,
        "url": whole(path),
        "inLanguage": tag_now(),
        "isAccessibleForFree": True,
        **said(kind, license=licence(), **about),
    }


def licence() -> str | Said | None:
    told = settings()
    if told.open_data_licence and told.open_data_licence_url:
        return said("CreativeWork", name=told.open_data_licence, url=told.open_data_licence_url)
    return told.open_data_licence_url or told.open_data_licence


def all_results() -> Said:
    return said("Dataset", **{"@id": f"{at('open_data.dumps')}#results", "name": str(_("Published results"))})


def agency(name: str) -> Said:
    return said("GovernmentOrganization", name=name)


def facts(named: Iterable[tuple[Text, str]]) -> list[Said]:
    return [said("PropertyValue", name=str(name), value=value) for name, value in named if value]


# --- results ---


def of_result(result: Result, editions: Sequence[Result]) -> Said:
    """`editions`: those that were public, the newest first."""
    copy, product = result.copy, result.copy["product"]
    name = product["name"] or result.number
    campaign = copy["campaign"]
    first, this = editions[-1].published_at, result.published_at
    return page(
        "Report",
        path=url_for("public.result", number=result.number, lang=None),
        name=f"{name}: {word('finding_verdict', copy['verdict'])}",
        reportNumber=result.number,
        version=str(result.edition),
        creativeWorkStatus=STATES.get(result.status),
        abstract=str(in_a_sentence(copy)),
        correction=in_script(copy["changed"]) if result.edition > 1 else "",
        datePublished=rfc3339(first) if first else "",
        dateModified=rfc3339(this) if this else "",
        publisher=agency(copy["agency"]["name"]),
        contributor=said("Organization", name=copy["laboratory"]),
        about=said(
            "Product",
            name=name,
            category=in_script(campaign["category"]),
            brand=said("Brand", name=product["brand"]) if product["brand"] else None,
            additionalProperty=facts(
                [
                    (_("Specification"), product["spec"]),
                    (_("Batch"), product["batch"]),
                    (_("Nominal producer"), "" if copy["producer_denies"] else copy["producer"]["name"]),
                ]
            ),
        ),
        identifier=facts([(_("sha256 of its copy"), result.copy_sha256 or "")]),
        isPartOf=[
            all_results(),
            said(
                "Report",
                **{"@id": at("public.campaign", number=campaign["number"])},
                name=in_script(campaign["title"] or ""),
            ),
        ],
        encoding=file(at("public.result_as_json", number=result.number, edition=result.edition), "application/json"),
    )


def file(address: str, media_type: str) -> Said:
    return said("MediaObject", contentUrl=address, encodingFormat=media_type)


def of_list(title: Text, numbers: Sequence[str]) -> Said:
    """A page of the list: in which order, and where each stands."""
    before, behind = at("public.result", number="NUMBER").split("NUMBER")
    return page(
        "CollectionPage",
        path=url_for("public.results", lang=None),
        name=str(title),
        isPartOf=all_results(),
        mainEntity=said(
            "ItemList",
            itemListOrder=f"{CONTEXT}/ItemListOrderDescending",
            itemListElement=[
                {"@type": "ListItem", "position": place, "url": f"{before}{number}{behind}"}
                for place, number in enumerate(numbers, 1)
            ],
        ),
    )


# --- campaigns and figures ---


def of_campaign(campaign: Campaign, papers: Mapping[str, Any]) -> Said:
    """Of one that is closed. `papers`: its sealed announcements by their language."""
    issued = papers["zh"].asked_at if "zh" in papers else None
    return page(
        "Report",
        path=url_for("public.campaign", number=campaign.number, lang=None),
        name=in_script(campaign.title),
        reportNumber=campaign.number,
        datePublished=rfc3339(issued) if issued else "",
        temporalCoverage=f"{campaign.starts_on.isoformat()}/{campaign.ends_on.isoformat()}",
        publisher=agency(campaign.agency.name),
        about=said("Thing", name=in_script(campaign.category)),
        encoding=[
            said(
                "MediaObject",
                contentUrl=f"{at('public.announcement', number=campaign.number)}?lang={language}",
                encodingFormat="application/pdf",
                inLanguage=TAGS[language],
            )
            for language in papers
        ],
    )


MEASURED: tuple[Text, ...] = (
    _("Detection rate"), _("Bought in secret"), _("Tested, with a result"), _("Nonconforming"),
    _("Gone, as we saw for ourselves"),
)  # fmt: skip


def of_statistics(title: Text, description: Text) -> Said:
    return page(
        "Dataset",
        path=url_for("public.statistics", lang=None),
        name=str(title),
        description=str(description),
        variableMeasured=[str(each) for each in MEASURED],
        distribution=download(at("public.statistics_as_json"), "application/json"),
    )


def of_campaign_statistics(counted: Counted, title: Text, description: Text) -> Said:
    return page(
        "Dataset",
        path=url_for("public.campaign_statistics", number=counted.number, lang=None),
        name=str(title),
        description=str(description),
        identifier=counted.number,
        temporalCoverage=f"../{counted.ended_on.isoformat()}",
        creator=agency(counted.agency),
        variableMeasured=[str(each) for each in MEASURED],
        distribution=download(at("public.campaign_statistics_as_json", number=counted.number), "application/json"),
        isBasedOn=at("public.campaign", number=counted.number),
    )


# --- open data ---


def of_open_data(newest: Dump | None, description: Text, media: Mapping[Any, str]) -> Said:
    """The catalogue, with the newest complete files."""
    here = at("open_data.dumps")
    files = [each for each in newest.files if each.kept] if newest else []
    results = all_results() | said(
        "Dataset",
        url=whole(url_for("open_data.dumps", lang=None)),
        description=str(description),
        license=licence(),
        dateModified=rfc3339(newest.made_at) if newest and newest.made_at else "",
        temporalCoverage=f"../{local(newest.until).date().isoformat()}" if newest else "",
        includedInDataCatalog=said("DataCatalog", **{"@id": here}),
        distribution=[
            download(
                at("open_data.file", fingerprint=each.sha256, form=each.format.value),
                media[each.format].partition(";")[0],
                contentSize=f"{each.bytes} B",
                sha256=each.sha256,
            )
            for each in files
        ],
    )
    results["isAccessibleForFree"] = True
    return page(
        "DataCatalog",
        path=url_for("open_data.dumps", lang=None),
        name=str(_("Open data")),
        description=str(description),
        dataset=results,
    )


def download(address: str, media_type: str, **about: str) -> Said:
    return said("DataDownload", contentUrl=address, encodingFormat=media_type, **about)
