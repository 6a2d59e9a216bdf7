"""The index: a text for each case, and where every two neighbouring characters stand. A job keeps it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quality.core.db import Base


class SearchEntry(Base):
    """What a case is about: product, shop, listing. Never anything that leads to a buyer."""

    __tablename__ = "search_entry"

    subject_type: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    subject_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(sa.Text)  # folded: see publication/search.py


class SearchPair(Base):
    __tablename__ = "search_pair"

    pair: Mapped[str] = mapped_column(sa.String(2), primary_key=True)
    subject_type: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    subject_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
