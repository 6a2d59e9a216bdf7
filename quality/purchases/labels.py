"""What a label must bear, as codes: a problem is written down, and can already be a finding. It refuses nothing.

Source: Product Quality Law, Art. 27 (inspection mark, product name, producer's name and address, date, warnings).
"""

from __future__ import annotations

from enum import StrEnum

from quality.core.words import Text, _


class LabelProblem(StrEnum):
    """Missing, wrong or not in Chinese where the law wants it so."""

    CONFORMITY_MARK = "conformity_mark"
    PRODUCT_NAME = "product_name"
    PRODUCER_NAME = "producer_name"
    PRODUCER_ADDRESS = "producer_address"
    DATE_OR_BATCH = "date_or_batch"
    WARNINGS = "warnings"


WORDS: dict[LabelProblem, Text] = {
    LabelProblem.CONFORMITY_MARK: _("No proof of inspection or conformity mark"),
    LabelProblem.PRODUCT_NAME: _("No product name, or a wrong one"),
    LabelProblem.PRODUCER_NAME: _("No name of the producer"),
    LabelProblem.PRODUCER_ADDRESS: _("No address of the producer"),
    LabelProblem.DATE_OR_BATCH: _("No date of production or batch"),
    LabelProblem.WARNINGS: _("A warning is missing"),
}

# As the agency's own record of a check says it, item by item: documents are written in Chinese
LAW = "《中华人民共和国产品质量法》第二十七条"
BEARS = "符合"
RECORDED: dict[LabelProblem, str] = {
    LabelProblem.CONFORMITY_MARK: "标签标识：检验合格证明",
    LabelProblem.PRODUCT_NAME: "标签标识：产品名称",
    LabelProblem.PRODUCER_NAME: "标签标识：生产者名称",
    LabelProblem.PRODUCER_ADDRESS: "标签标识：生产者地址",
    LabelProblem.DATE_OR_BATCH: "标签标识：生产日期或批号",
    LabelProblem.WARNINGS: "标签标识：警示说明",
}
