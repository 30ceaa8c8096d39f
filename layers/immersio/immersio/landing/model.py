"""A school's landing page: how it looks and what it says, and whether the public sees it."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from immersio.tenant.model import Tenant
from kernel.clock import Instant

BLUE, GREEN = "#0066FF", "#00A37A"
LONGEST_TITLE = 100


TemplateName = Literal["education", "tutor_personal", "center_small", "kids_1", "kids_2"]


class SocialLinks(BaseModel):
    model_config = ConfigDict(frozen=True)

    facebook: str | None = None
    instagram: str | None = None
    youtube: str | None = None
    tiktok: str | None = None


class LandingPage(BaseModel):
    """The logo on it is the school's own, which stands with the school."""

    model_config = ConfigDict(frozen=True)

    tenant_id: int
    template_id: TemplateName = "education"
    primary_color: str = BLUE
    """`#` and six hexadecimal digits, as the secondary one."""
    secondary_color: str | None = GREEN
    hero_image_url: str | None = None
    page_title: str
    page_subtitle: str | None = "Live classes in small groups. Pick a time that suits you, and book your seat."
    teacher_bio: str | None = None
    teacher_avatar_url: str | None = None
    social_links: SocialLinks = SocialLinks()
    cta_text: str = "Book now"
    meta_title: str | None = None
    """None: what the page itself is called."""
    meta_description: str | None = None
    published_at: Instant | None = None
    """None: the public does not see it."""
    updated_at: Instant
    retired_assets: tuple[str, ...] = ()
    """Images of the school that are being deleted, as nothing showed them; they cannot be shown again."""
    revision: int = 0
    """Rises with every change; 0 is a page that nobody has touched, and that has no row."""

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    def published(self, at: datetime) -> "LandingPage":
        """From then on, or since whenever it was before."""
        return self.model_copy(update={"published_at": self.published_at or at})


def first_page(tenant: Tenant) -> LandingPage:
    """What a new school begins with: it can be published as it is."""
    return LandingPage(
        tenant_id=tenant.id, page_title=f"Learn with {tenant.name}"[:LONGEST_TITLE], updated_at=tenant.created_at
    )
