package main

import (
	"log"
	"net/smtp"
	"os"
)

// SendMail uses STARTTLS where the server offers it.
func main() {
	var auth smtp.Auth
	if user := os.Getenv("MAIL_USER"); user != "" {
		auth = smtp.PlainAuth("", user, os.Getenv("MAIL_PASSWORD"),
			os.Getenv("MAIL_HOST"))
	}
	message, err := os.ReadFile(os.Getenv("MESSAGE"))
	if err != nil {
		log.Fatal(err)
	}
	err = smtp.SendMail(os.Getenv("MAIL_HOST")+":"+os.Getenv("MAIL_PORT"),
		auth, "app@example.org", []string{os.Getenv("TO")}, message)
	if err != nil {
		log.Fatal(err)
	}
}
