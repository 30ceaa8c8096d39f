"""A school uploads an image: with the call, or beside it where it is larger; only what was looked at is published."""

from datetime import timedelta

from immersio.access.callers import Manager
from immersio.asset import images, store
from immersio.asset.addresses import address_of
from immersio.asset.images import Unpublishable
from immersio.asset.model import LARGEST_UPLOADED, AssetType
from immersio.asset.schemas import AnnouncedFile, UploadAssetInput, UploadedAsset, UploadedFile, WhereToUpload
from kernel import clock, ids
from kernel.errors import InvalidInput, NotFound

TO_UPLOAD = timedelta(minutes=15)


def upload_asset(caller: Manager, input: UploadAssetInput) -> UploadedAsset:
    """To upload is not yet to use: the school names the address in its settings, when it likes what it sees."""
    tenant_id, asset_type = caller.tenant_id, AssetType(input.asset_type)
    match input.file:
        case AnnouncedFile():
            return _announced(tenant_id, input.file)
        case UploadedFile():
            return _published(tenant_id, input.file.asset_id, asset_type, _uploaded(tenant_id, input.file.asset_id))
        case content:
            return _published(tenant_id, ids.new("asset"), asset_type, content)


def _announced(tenant_id: int, file: AnnouncedFile) -> UploadedAsset:
    asset_id, expires_at = ids.new("asset"), clock.now() + TO_UPLOAD
    form = store.where_to_upload(tenant_id, asset_id, file.type, file.size, int(TO_UPLOAD.total_seconds()))
    upload = WhereToUpload(url=form["url"], fields=form["fields"], expires_at=expires_at)
    return UploadedAsset(success=True, url=address_of(tenant_id, asset_id), asset_id=asset_id, upload=upload)


def _uploaded(tenant_id: int, asset_id: str) -> bytes:
    content = store.uploaded(tenant_id, asset_id, LARGEST_UPLOADED)
    if content is None:
        raise NotFound("No file was uploaded for this assetId, or it was more than a day ago; announce it again")
    if len(content) > LARGEST_UPLOADED:
        raise InvalidInput.field("file", f"has more than {LARGEST_UPLOADED} bytes")
    return content


def _published(tenant_id: int, asset_id: str, asset_type: AssetType, content: bytes) -> UploadedAsset:
    """A call that is repeated with the same id changes nothing more."""
    try:
        picture = images.publishable(content, asset_type.longest_side)
    except Unpublishable as broken:
        raise InvalidInput.field("file", str(broken)) from None
    store.publish(tenant_id, asset_id, picture.media_type, picture.content)
    return UploadedAsset(success=True, url=address_of(tenant_id, asset_id), asset_id=asset_id)
