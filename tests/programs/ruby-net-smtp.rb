require "net/smtp"

smtp = Net::SMTP.new(ENV["MAIL_HOST"], ENV["MAIL_PORT"].to_i)
if ENV["MAIL_CA"]
  context = Net::SMTP.default_ssl_context
  context.ca_file = ENV["MAIL_CA"]
  smtp.enable_starttls(context)
end
login = [ENV["MAIL_USER"], ENV["MAIL_PASSWORD"], :plain] if ENV["MAIL_USER"]
smtp.start("localhost", *login) do
  smtp.send_message File.binread(ENV["MESSAGE"]), "app@example.org", ENV["TO"]
end
