require "mail"

Mail.defaults do
  delivery_method :smtp,
    address: ENV["MAIL_HOST"], port: ENV["MAIL_PORT"].to_i,
    user_name: ENV["MAIL_USER"], password: ENV["MAIL_PASSWORD"],
    authentication: ENV["MAIL_USER"] && :plain,
    enable_starttls: ENV.key?("MAIL_CA"), ca_file: ENV["MAIL_CA"]
end

Mail.deliver do
  from "app@example.org"
  to ENV["TO"]
  subject ENV["SUBJECT"]
  body ENV["BODY"]
  charset = "UTF-8"
  add_file ENV["ATTACHMENT"] if ENV["ATTACHMENT"]
end
