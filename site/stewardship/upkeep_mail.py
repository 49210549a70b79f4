"""The mail of the daily upkeep: ids, dates and what to do, never a title, a name or a word told."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage

from library.core.errors import BadInput, ToolFailed
from library.core.sanitise import printable
from library.core.settings import Mail, load_settings
from library.core.workspace import Workspace
from stewardship.upkeep import UpkeepReport

TIMEOUT_S = 30.0


def send_report(workspace: Workspace, report: UpkeepReport) -> bool:
    """Send the report to the address in the settings; return False where there is nothing to say.

    Raises BadInput without an address in the settings, ToolFailed where the server refuses.
    """
    settings = load_settings(workspace)
    if settings.mail is None:
        raise BadInput(
            "interviews/settings.yml names nobody to send the report to.",
            "Add mail: with to: and sender: (docs/hosting.md), or leave --mail out.",
        )
    if report.is_quiet:
        return False
    message = EmailMessage()
    message["Subject"] = _subject(report)
    message["From"], message["To"] = settings.mail.sender, settings.mail.to
    message.set_content("\n".join(report.lines(with_holders=False)) + "\n")
    try:
        _send(settings.mail, message)
    except OSError as error:  # smtplib's own are of this kind
        raise ToolFailed(
            f"The report could not be sent through {settings.mail.server}: {_reason(error)}.",
            "What it did is done. Check mail: in interviews/settings.yml, then run it again.",
        ) from error
    return True


def _reason(error: OSError) -> str:
    """Return why a mail was not sent: what the server answered, else what the system says."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        error = smtplib.SMTPResponseException(*next(iter(error.recipients.values())))
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        return f"it answered “{printable(' '.join(text.split()))}” ({error.smtp_code})"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "it broke off the connection"
    return error.strerror or str(error).rstrip(".")


def _subject(report: UpkeepReport) -> str:
    if report.still_out:
        return "Carer Stories: something that may not be shown is still there"
    if report.outcome.taken_down or report.copies:
        return "Carer Stories: taken down, and what is to do"
    return "Carer Stories: what is due"


def _send(mail: Mail, message: EmailMessage) -> None:
    with smtplib.SMTP(mail.server, mail.port, timeout=TIMEOUT_S) as server:
        if mail.encryption == "starttls":
            server.starttls(context=ssl.create_default_context())
        server.send_message(message)
