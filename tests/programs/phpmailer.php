<?php
require "libphp-phpmailer/autoload.php";

$mail = new PHPMailer\PHPMailer\PHPMailer(true);
$mail->isSMTP();
$mail->Host = getenv("MAIL_HOST");
$mail->Port = getenv("MAIL_PORT");
if (getenv("MAIL_CA")) {
	$mail->SMTPSecure = "tls";
	$mail->SMTPOptions = ["ssl" => ["cafile" => getenv("MAIL_CA")]];
}
if (getenv("MAIL_USER")) {
	$mail->SMTPAuth = true;
	$mail->Username = getenv("MAIL_USER");
	$mail->Password = getenv("MAIL_PASSWORD");
}
$mail->CharSet = "UTF-8";
$mail->setFrom("app@example.org");
$mail->addAddress(getenv("TO"));
$mail->Subject = getenv("SUBJECT");
$mail->Body = getenv("BODY");
if (getenv("ATTACHMENT"))
	$mail->addAttachment(getenv("ATTACHMENT"));
$mail->send();
