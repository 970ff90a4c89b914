"""The feeds of the published input format: one file each, its columns and how they map."""

from __future__ import annotations

from etl.feeds.children import CHILDREN
from etl.feeds.consultations import CONSULTATIONS
from etl.feeds.contacts import CONTACTS
from etl.feeds.field import Feed, Field
from etl.feeds.referrals import REFERRALS

FEEDS: tuple[Feed, ...] = (CONSULTATIONS, CONTACTS, CHILDREN, REFERRALS)
BY_NAME = {feed.name: feed for feed in FEEDS}

__all__ = ["BY_NAME", "FEEDS", "Feed", "Field"]
