"""The demonstration: invented people on real places, built through the same verbs the screens use."""

from recognition.domain.demo.accounts import ACCOUNTS, PASSWORD
from recognition.domain.demo.build import STAGES, build, is_built

__all__ = ["ACCOUNTS", "PASSWORD", "STAGES", "build", "is_built"]
