const nodemailer = require("nodemailer");
const env = process.env;

const options = { host: env.MAIL_HOST, port: env.MAIL_PORT, secure: false };
if (env.MAIL_CA) {
	options.requireTLS = true;
	options.tls = { ca: require("fs").readFileSync(env.MAIL_CA) };
}
if (env.MAIL_USER)
	options.auth = { user: env.MAIL_USER, pass: env.MAIL_PASSWORD };

nodemailer.createTransport(options).sendMail({
	from: "app@example.org",
	to: env.TO,
	subject: env.SUBJECT,
	text: env.BODY,
	attachments: env.ATTACHMENT ? [{ path: env.ATTACHMENT }] : [],
}).catch(error => {
	console.error(error.message);
	process.exitCode = 1;
});
