"""What pages look like, as numbers, and how far one lies from those that the model was trained on.

`measure` makes the features of one labelled page; a `Profile` is what they are on many made pages, and
says of another how unusual it is and by what.
"""

from nianbao.profile.features import FEATURES, Feature, measure
from nianbao.profile.reference import FILE, Novelty, Profile, Unusual, load_profile, make_profile

__all__ = [
    "FEATURES",
    "FILE",
    "Feature",
    "Novelty",
    "Profile",
    "Unusual",
    "load_profile",
    "make_profile",
    "measure",
]
