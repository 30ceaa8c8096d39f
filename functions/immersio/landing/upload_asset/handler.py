"""immersio.landing.uploadAsset: upload an image for the school's landing page."""

from immersio.access.callers import Manager
from immersio.asset import service
from immersio.asset.schemas import LARGEST_INPUT, UploadAssetInput, UploadedAsset
from kernel.errors import NotFound
from kernel.limits import FILE_UPLOAD
from kernel.trpc import mutation


@mutation(
    "immersio.landing.uploadAsset",
    caller=Manager,
    errors=(NotFound,),
    limit=FILE_UPLOAD,
    largest_body=LARGEST_INPUT,
    takes_forms=True,
)
def handler(caller: Manager, input: UploadAssetInput) -> UploadedAsset:
    return service.upload_asset(caller, input)
