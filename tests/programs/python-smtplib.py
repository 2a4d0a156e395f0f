import os
import smtplib
import ssl
from email.message import EmailMessage

env = os.environ
message = EmailMessage()
message["From"] = "app@example.org"
message["To"] = env["TO"]
message["Subject"] = env["SUBJECT"]
message.set_content(env["BODY"])
if "ATTACHMENT" in env:
    with open(env["ATTACHMENT"], "rb") as file:
        message.add_attachment(file.read(), maintype="application",
                               subtype="octet-stream", filename="data.bin")

with smtplib.SMTP(env["MAIL_HOST"], int(env["MAIL_PORT"])) as smtp:
    if "MAIL_CA" in env:
        smtp.starttls(
            context=ssl.create_default_context(cafile=env["MAIL_CA"]))
    if "MAIL_USER" in env:
        smtp.login(env["MAIL_USER"], env["MAIL_PASSWORD"])
    smtp.send_message(message)
