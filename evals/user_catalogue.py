"""The catalogue that evaluations and trainings take models from."""

from tools.home import home
from tools.models.catalogue import Catalogue


def user_catalogue() -> Catalogue:
    """Load the catalogue with the user's cards, from the home folder."""
    return Catalogue.load(home())
