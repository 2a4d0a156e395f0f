# Packages and generated pages; included by Makefile.
#
#   make deb         a Debian package, in build/packages
#   make tarball     the program, static, with install.sh, for any Linux
#   make dist        a tar file of what is committed
#   make doc         doc/classroom.md from the tables in the code, and the pictures

# With SYSTEMD=yes the program sends to the journal through a UNIX socket.
ifeq ($(SYSTEMD),yes)
JOURNAL_UNIT = -e 's/^RestrictAddressFamilies=none/RestrictAddressFamilies=AF_UNIX/' \
	-e 's/^RestrictAddressFamilies=AF_INET/& AF_UNIX/' \
	-e 's/^\(SystemCallFilter=~connect.*\) sendmsg/\1/'
endif

doc: doc/classroom.md doc/images/parts.svg doc/images/states.svg
doc/classroom.md: doc/classroom/classroom.in.md doc/classroom/classroom.py \
		doc/classroom/replies.txt \
		smtp-stdio.c lib/smtp/reply.c
	doc/classroom/classroom.py >$@.new && mv $@.new $@
doc/images/%.svg: doc/images/%.dot
	dot -Tsvg -o $@ $<

dist:
	git archive --prefix=smtp-stdio-$(VERSION)/ \
		-o smtp-stdio-$(VERSION).tar.gz HEAD

# debhelper needs debian/ at the top of a tree, so it gets a tree of its own.
RELEASE = smtp-stdio-$(VERSION)
SOURCE = CHANGES.md CONTRIBUTING.md LICENSE Makefile README.md \
	SECURITY.md doc lib pack smtp-stdio.c tests tools units users.txt
PACKAGES = build/packages
deb:
	rm -rf $(PACKAGES)/deb
	mkdir -p $(PACKAGES)/deb/$(RELEASE)
	cp -R $(SOURCE) pack/debian $(PACKAGES)/deb/$(RELEASE)
	cd $(PACKAGES)/deb/$(RELEASE) && \
		env -u MAKEFLAGS -u MAKELEVEL dpkg-buildpackage -us -uc -b
	mv $(PACKAGES)/deb/*.deb $(PACKAGES)

# A static program runs on any Linux of the same architecture.
BINARY = $(RELEASE)-$(shell uname -m)
tarball: $(PROGRAM)
	@[ -n '$(filter -static,$(LINKING))' ] || \
		{ echo 'make tarball needs musl-gcc (Debian: musl-tools).' >&2; exit 1; }
	rm -rf $(PACKAGES)/$(BINARY)
	$(MAKE) install PREFIX=/usr/local DESTDIR=$(abspath $(PACKAGES)/$(BINARY))
	cp -R CHANGES.md CONTRIBUTING.md LICENSE README.md SECURITY.md doc tools units pack/install.sh $(PACKAGES)/$(BINARY)
	tar -C $(PACKAGES) --owner=root:0 --group=root:0 --mode=go=u-w \
		-czf $(PACKAGES)/$(BINARY).tar.gz $(BINARY)

.PHONY: deb dist doc tarball
