"""HTTP: a runtime wrapped in routes. No logic of answering lives here."""

from service.api.app import create_app, traces_wanted
from service.api.guarding import LOOPBACK_HOSTS

__all__ = ["LOOPBACK_HOSTS", "create_app", "traces_wanted"]
