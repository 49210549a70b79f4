"""Taking a story back: noted first, then gone from edition and site, then proved gone.

deed         the steps, in order        outcome    what was done and what was not
taking_down  its own files out at once  telltales  what it is known by
traces       where any of it is found   receipt    all that on one page to print
"""

from stewardship.withdrawal.outcome import Outcome
from stewardship.withdrawal.workflow import withdraw

__all__ = ["Outcome", "withdraw"]
