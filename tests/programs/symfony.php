<?php
require "Symfony/Component/Mailer/autoload.php";

use Symfony\Component\Mailer\Mailer;
use Symfony\Component\Mailer\Transport;
use Symfony\Component\Mime\Email;

$email = (new Email())
	->from("app@example.org")
	->to(getenv("TO"))
	->subject(getenv("SUBJECT"))
	->text(getenv("BODY"));
if (getenv("ATTACHMENT"))
	$email->attachFromPath(getenv("ATTACHMENT"));
(new Mailer(Transport::fromDsn(getenv("MAILER_DSN"))))->send($email);
