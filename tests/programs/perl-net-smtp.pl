use strict;
use warnings;
use Net::SMTP;

my $smtp = Net::SMTP->new($ENV{MAIL_HOST}, Port => $ENV{MAIL_PORT})
	or die "connect: $@";
my $said = sub { die $smtp->message unless shift };
$said->($smtp->starttls(SSL_ca_file => $ENV{MAIL_CA})) if $ENV{MAIL_CA};
$said->($smtp->auth($ENV{MAIL_USER}, $ENV{MAIL_PASSWORD})) if $ENV{MAIL_USER};
open(my $file, "<:raw", $ENV{MESSAGE}) or die $!;
$said->($smtp->mail("app\@example.org"));
$said->($smtp->to($ENV{TO}));
$said->($smtp->data(<$file>));
$smtp->quit;
