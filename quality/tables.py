"""Every table in the program. Alembic reads this, and tests compare it with the migrations."""

from __future__ import annotations

import quality.api.models
import quality.campaigns.models
import quality.capsules.models
import quality.captures.models
import quality.clocks.models
import quality.competence.models
import quality.conformance.models
import quality.controls.models
import quality.corrections.models
import quality.delivery.models
import quality.documents.models
import quality.evidence.models
import quality.expenses.models
import quality.field.models
import quality.informing.models
import quality.lab.models
import quality.likeness.models
import quality.notices.batches
import quality.notices.models
import quality.notices.texts
import quality.notices.thread
import quality.objections.models
import quality.opendata.models
import quality.people.models
import quality.publication.epoch  # it listens to whoever writes what the public reads
import quality.publication.models
import quality.publication.texts
import quality.purchases.alarms
import quality.purchases.checklist_editions
import quality.purchases.covers
import quality.purchases.declines
import quality.purchases.deliveries
import quality.purchases.models
import quality.purchases.places
import quality.purchases.profiles
import quality.purchases.rules
import quality.purchases.seals
import quality.purchases.secrets
import quality.purchases.unboxing
import quality.purchases.waivers
import quality.purchases.withheld  # it is asked of whatever is written about a purchase
import quality.radar.models
import quality.search.models
import quality.standards.models
import quality.statistics.models
import quality.subscriptions.models
import quality.targeting.coordination.models
import quality.targeting.models
import quality.targeting.risk.models
import quality.watch.models  # noqa: F401
from quality.core.db import Base

metadata = Base.metadata
