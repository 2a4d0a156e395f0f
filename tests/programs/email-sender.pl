use strict;
use warnings;
use Email::MIME;
use Email::Sender::Simple qw(sendmail);
use Email::Sender::Transport::SMTP;
use Encode qw(decode);

my $body = decode("UTF-8", $ENV{BODY});
my $text = Email::MIME->create(attributes => { content_type => "text/plain",
	charset => "UTF-8", encoding => "quoted-printable" }, body_str => $body);
my @parts = ($text);
if ($ENV{ATTACHMENT}) {
	open(my $file, "<:raw", $ENV{ATTACHMENT}) or die $!;
	local $/;
	push @parts, Email::MIME->create(attributes => {
		content_type => "application/octet-stream",
		filename => "data.bin", disposition => "attachment",
		encoding => "base64" }, body => <$file>);
}
my $email = Email::MIME->create(header_str => [From => "app\@example.org",
	To => $ENV{TO}, Subject => decode("UTF-8", $ENV{SUBJECT})],
	parts => \@parts);

my %options = (host => $ENV{MAIL_HOST}, port => $ENV{MAIL_PORT});
if ($ENV{MAIL_CA}) {
	$options{ssl} = "starttls";
	$options{ssl_options} = { SSL_ca_file => $ENV{MAIL_CA} };
}
if ($ENV{MAIL_USER}) {
	$options{sasl_username} = $ENV{MAIL_USER};
	$options{sasl_password} = $ENV{MAIL_PASSWORD};
}
sendmail($email, { transport => Email::Sender::Transport::SMTP->new(\%options) });
