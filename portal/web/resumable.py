"""Files in pieces: tus 1.0 (core, creation, checksum, termination), as docs/decisions/0040-resumable-upload.md says.

An upload that is complete becomes a document at the address of an ordinary upload: a PUT without a body that names it
in `X-Upload` (`uploads.take`).
"""

from __future__ import annotations

import base64
import binascii

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from portal.adapters import pieces
from portal.domain import documents, uploading
from portal.errors import NotFound, Refused
from portal.models import Upload
from portal.queries import uploads as queries
from portal.terms import DOCUMENT_KINDS, N_
from portal.web.applying import blueprint
from portal.web.context import db, now, organisation_id, person, release, services
from portal.web.guards import audience

VERSION = "1.0.0"
CONTENT_TYPE = "application/offset+octet-stream"
ENDPOINTS = frozenset({"apply.uploads", "apply.upload_offset", "apply.upload_piece", "apply.stop_upload"})
ABILITIES = {
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,checksum,termination",
    "Tus-Max-Size": str(documents.MAX_BYTES),
    "Tus-Checksum-Algorithm": ",".join(pieces.ALGORITHMS),
}


@blueprint.before_request
def _speak_the_same_version() -> None:
    speaks = request.method == "OPTIONS" or request.headers.get("Tus-Resumable") == VERSION
    if request.endpoint in ENDPOINTS and not speaks:
        abort(Response("Tus-Resumable: 1.0.0\n", 412, {"Tus-Version": VERSION}, mimetype="text/plain"))


@blueprint.after_request
def _say_the_version(response: Response) -> Response:
    if request.endpoint in ENDPOINTS:
        response.headers["Tus-Resumable"] = VERSION
    return response


@blueprint.route("/documenten/in-delen", methods=["OPTIONS", "POST"])
@audience("applicant")
def uploads() -> ResponseReturnValue:
    """What this server can do; or begin an upload: its size, and in the metadata its name and its kind."""
    if request.method == "OPTIONS":
        return "", 204, ABILITIES
    size = request.headers.get("Upload-Length", -1, type=int)
    about = _metadata(request.headers.get("Upload-Metadata", ""))
    unfinished = queries.unfinished_bytes(db(), organisation_id())
    upload = uploading.begin(person(), about.get("kind", ""), about.get("filename", ""), size, unfinished, now())
    db().add(upload)
    db().commit()
    return "", 201, {"Location": url_for("apply.upload_offset", upload_id=upload.id)}


def _metadata(header: str) -> dict[str, str]:
    """'filename d29yZC5wZGY=,kind b3RoZXI=' as a dictionary; what is no base64 is left out."""
    found = {}
    for pair in header.split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode("utf-8", "replace")
        except binascii.Error:
            continue
    return found


def own_upload(upload_id: str) -> Upload:
    """An upload that the same person began. Anything else does not exist."""
    found = queries.own(db(), upload_id, person().id)
    if found is None:
        raise NotFound(N_("Deze upload bestaat niet meer. Begin opnieuw met uploaden."))
    return found


def received(upload: Upload) -> int:
    """How many bytes of it there are."""
    return upload.size if upload.document_id else pieces.received(services().files, upload.id)


@blueprint.route("/documenten/in-delen/<upload_id>", methods=["HEAD"])
@audience("applicant")
def upload_offset(upload_id: str) -> ResponseReturnValue:
    """How far it is: from what is really in the store."""
    upload = own_upload(upload_id)
    return "", 200, {"Upload-Offset": str(received(upload)), "Upload-Length": str(upload.size)}


@blueprint.route("/documenten/in-delen/<upload_id>", methods=["PATCH"])
@audience("applicant")
def upload_piece(upload_id: str) -> ResponseReturnValue:
    """The next bytes. What came in whole stays, whatever happens to the line afterwards."""
    length, says = _announced()
    upload = own_upload(upload_id)
    sealed, offset = DOCUMENT_KINDS[upload.kind].is_integrity, request.headers.get("Upload-Offset", -1, type=int)
    there = received(upload)
    uploading.require_offset(upload, offset, there, length)
    release()
    reached = pieces.keep(services().files, upload_id, offset, _Line(), length, sealed=sealed, says=says)
    return "", 204, {"Upload-Offset": str(reached)}


def _announced() -> tuple[int, pieces.Checksum | None]:
    """How many bytes come, and what they hash to. Refuses what tus does not allow."""
    if request.mimetype != CONTENT_TYPE:
        abort(415)
    if request.content_length is None:
        abort(411)
    try:
        return request.content_length, pieces.checksum(request.headers.get("Upload-Checksum", ""))
    except ValueError:
        abort(400)


class _Line:
    """The body of this request; a line that breaks is a refusal that nobody is there to read."""

    def read(self, size: int, /) -> bytes:
        try:
            chunk = request.stream.read(size)
        except OSError as error:
            raise Refused(N_("De verbinding werd verbroken. Ga verder waar u was.")) from error
        if not chunk:
            raise Refused(N_("De verbinding werd verbroken. Ga verder waar u was."))
        return chunk


@blueprint.route("/documenten/in-delen/<upload_id>", methods=["DELETE"])
@audience("applicant")
def stop_upload(upload_id: str) -> ResponseReturnValue:
    """Forget an upload that is not finished, and what came in of it."""
    upload = own_upload(upload_id)
    uploading.stop(upload, person(), now())
    db().delete(upload)
    db().commit()
    files = services().files
    for key in pieces.keys(files, upload_id):
        files.delete(key)
    return "", 204
