<?php
// php.ini has sendmail_path; mail() has no attachments, so the application
// writes them into the body.
$body = getenv("BODY");
$headers = ["From" => "app@example.org",
	"Content-Type" => "text/plain; charset=UTF-8",
	"Content-Transfer-Encoding" => "8bit"];
if (getenv("ATTACHMENT")) {
	$headers["MIME-Version"] = "1.0";
	$headers["Content-Type"] = "multipart/mixed; boundary=next";
	$body = "--next\nContent-Type: text/plain; charset=UTF-8\n\n$body\n" .
		"--next\nContent-Type: application/octet-stream\n" .
		"Content-Disposition: attachment; filename=data.bin\n" .
		"Content-Transfer-Encoding: base64\n\n" .
		chunk_split(base64_encode(
			file_get_contents(getenv("ATTACHMENT"))), 76, "\n") .
		"--next--\n";
}
$subject = "=?UTF-8?B?" . base64_encode(getenv("SUBJECT")) . "?=";
exit(mail(getenv("TO"), $subject, $body, $headers) ? 0 : 1);
