import os

import django
from django.conf import settings
from django.core.mail import EmailMessage

env = os.environ
settings.configure(
    EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
    EMAIL_HOST=env["MAIL_HOST"],
    EMAIL_PORT=int(env["MAIL_PORT"]),
    EMAIL_HOST_USER=env.get("MAIL_USER", ""),
    EMAIL_HOST_PASSWORD=env.get("MAIL_PASSWORD", ""),
    EMAIL_USE_TLS="MAIL_CA" in env,
)
django.setup()

if "MAIL_CA" in env:  # there is no setting for a CA; OpenSSL's variable works
    os.environ["SSL_CERT_FILE"] = env["MAIL_CA"]
message = EmailMessage(env["SUBJECT"], env["BODY"], "app@example.org",
                       [env["TO"]])
if "ATTACHMENT" in env:
    message.attach_file(env["ATTACHMENT"])
message.send()
