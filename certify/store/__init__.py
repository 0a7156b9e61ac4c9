"""The image store of a site: images, their certificates, who may use them, and the tags that name them."""

from certify.store.access import AccessRecord, Principal, Realm
from certify.store.layout import Store
from certify.store.publish import Published, Status, publish
from certify.store.query import Entry, Listing, list_images, resolve

__all__ = [
    "AccessRecord",
    "Entry",
    "Listing",
    "Principal",
    "Published",
    "Realm",
    "Status",
    "Store",
    "list_images",
    "publish",
    "resolve",
]
