import java.util.Properties;
import javax.mail.Message;
import javax.mail.Session;
import javax.mail.Transport;
import javax.mail.internet.InternetAddress;
import javax.mail.internet.MimeBodyPart;
import javax.mail.internet.MimeMessage;
import javax.mail.internet.MimeMultipart;

public class JavaMail {
	public static void main(String[] args) throws Exception {
		var env = System.getenv();
		var properties = new Properties();
		properties.put("mail.smtp.host", env.get("MAIL_HOST"));
		properties.put("mail.smtp.port", env.get("MAIL_PORT"));
		if (env.containsKey("MAIL_USER"))
			properties.put("mail.smtp.auth", "true");
		if (env.containsKey("MAIL_CA")) { // -Djavax.net.ssl.trustStore=
			properties.put("mail.smtp.starttls.required", "true");
			properties.put("mail.smtp.ssl.checkserveridentity", "true");
		}

		var message = new MimeMessage(Session.getInstance(properties));
		message.setFrom(new InternetAddress("app@example.org"));
		message.setRecipients(Message.RecipientType.TO, env.get("TO"));
		message.setSubject(env.get("SUBJECT"), "UTF-8");
		message.setText(env.get("BODY"), "UTF-8");
		if (env.containsKey("ATTACHMENT")) {
			var text = new MimeBodyPart();
			text.setText(env.get("BODY"), "UTF-8");
			var file = new MimeBodyPart();
			file.attachFile(env.get("ATTACHMENT"));
			message.setContent(new MimeMultipart(text, file));
		}
		Transport.send(message, env.get("MAIL_USER"),
			env.get("MAIL_PASSWORD"));
	}
}
