# make demo   installs what is missing, builds, and runs a whole study on footage that it draws
# make demo-cloud   the same study through a stand-in for SageMaker and a real S3, on this machine
# make test   installs what is missing, builds, and passes the tests
# make test-debian   the same in a root of the other Debian, made by debootstrap
# make install uninstall   what make build made, into PREFIX (/usr/local) below DESTDIR
# make deb   a package for this machine's Debian, bin/snellen_VERSION_ARCH.deb
# make test-deb   installs that package in a fresh root of this Debian, and runs a small study there
# make soak MINUTES=10   kills snellen and damages what it keeps, and holds that nothing is lost
# make fuzz   runs each fuzz target for FUZZTIME (10m), and says what was found
# make setup build check bench   the parts, for those who develop

PROGRAMS = snellen snellen-worker snellen-remote
PACKAGES = ffmpeg libavfilter-dev libopencv-dev libtorch-dev pkg-config g++
TESTPACKAGES = chromium xvfb xdotool imagemagick poppler-utils
DEBPACKAGES = dpkg-dev
TAGS     = native,gocv_specific_modules,gocv_videoio,gocv_highgui
PREFIX  ?= /usr/local
DESTDIR ?=
ZSHDIR  ?= $(PREFIX)/share/zsh/site-functions
BIN     ?= bin
MINUTES ?= 10
FUZZTIME ?= 10m
STATICCHECK = go run honnef.co/go/tools/cmd/staticcheck@v0.8.2

# OpenCV and libtorch name hundreds of libraries. The linker keeps those that are used, which halves
# the time of the worker's start.
export CGO_LDFLAGS += -Wl,--as-needed
# libtorch's sleeping threads must not spin: on a busy machine a training loses nine tenths of its
# speed by it.
export OMP_WAIT_POLICY = PASSIVE

.PHONY: setup build demo demo-cloud test test-debian install uninstall deb test-deb check bench soak fuzz

setup:
	@command -v go >/dev/null || { echo "error: Go 1.26 is missing"; echo "hint: install it from https://go.dev/dl/"; exit 1; }
	@missing=; for p in $(PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	command -v apt-get >/dev/null || { echo "error: this is no Debian system"; \
	  echo "hint: install ffmpeg 5.1, OpenCV 4.6 and libtorch 1.13 or later with their headers, pkg-config and a C++ compiler, then make build"; exit 1; }; \
	echo "installing$$missing"; sudo=; [ $$(id -u) = 0 ] || sudo=sudo; \
	$$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing >/dev/null

# snellen is pure Go: without cgo it needs no dynamic loader, which takes a third off its start. It has
# no tables for debuggers, a fifth of its size; what a crash prints does not need them. The same holds
# for snellen-remote.
build: setup
	CGO_ENABLED=0 go build -ldflags=-w -o bin/snellen ./cmd/snellen
	CGO_ENABLED=0 go build -ldflags=-w -o bin/snellen-remote ./cmd/snellen-remote
	go build -tags $(TAGS) -o bin/snellen-worker ./cmd/snellen-worker

demo: build
	bin/snellen init -demo demo
	bin/snellen apply -chdir demo -auto-approve

demo-cloud: build
	bin/snellen init -demo demo-cloud -cloud
	bin/snellen dev sagemaker -- bin/snellen apply -chdir demo-cloud -auto-approve

test: PACKAGES += $(TESTPACKAGES)
test: build
	go test -timeout 30m ./...
	go test -timeout 30m -tags $(TAGS) $$(grep -rl '^//go:build native' --include=*.go steps cmd | xargs -n1 dirname | sort -u | sed 's|^|./|')

test-debian:
	testdata/debian.sh $(SUITE)

# What make install makes, below DESTDIR.
BINDIR   = $(DESTDIR)$(PREFIX)/bin
BASHFILE = $(DESTDIR)$(PREFIX)/share/bash-completion/completions/snellen
ZSHFILE  = $(DESTDIR)$(ZSHDIR)/_snellen
FISHFILE = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/snellen.fish

# It builds nothing, so that root needs no Go.
install:
	@for p in $(PROGRAMS); do [ -x $(BIN)/$$p ] || { \
	  echo "error: $(BIN)/$$p is not built"; echo "hint: make build"; exit 1; }; done
	install -d $(BINDIR) $(dir $(BASHFILE)) $(dir $(ZSHFILE)) $(dir $(FISHFILE))
	install -m 755 $(addprefix $(BIN)/,$(PROGRAMS)) $(BINDIR)
	$(BIN)/snellen completion bash >$(BASHFILE)
	$(BIN)/snellen completion zsh >$(ZSHFILE)
	$(BIN)/snellen completion fish >$(FISHFILE)

uninstall:
	rm -f $(addprefix $(BINDIR)/,$(PROGRAMS)) $(BASHFILE) $(ZSHFILE) $(FISHFILE)

deb: PACKAGES += $(DEBPACKAGES)
deb: setup
	TAGS=$(TAGS) cmd/packaging/deb.sh $(PROGRAMS)

test-deb:
	@testdata/deb.sh -check
	@$(MAKE) --no-print-directory deb
	testdata/deb.sh bin/snellen_*.deb

check: setup
	@test -z "$$(gofmt -l .)" || { echo "error: not formatted:"; gofmt -l .; echo "hint: gofmt -w ."; exit 1; }
	go vet ./...
	go vet -tags $(TAGS) ./...
	GOOS=darwin go build ./...
	GOOS=windows go build ./...
	GOOS=windows go vet ./...
	$(STATICCHECK) ./...
	$(STATICCHECK) -tags $(TAGS) ./steps/... ./cmd/...

# SOAKFLAGS are more flags, such as -seed 7; go run ./cmd/soak -help lists them.
soak: PACKAGES += strace
soak: build
	go run ./cmd/soak -minutes $(MINUTES) $(SOAKFLAGS)

fuzz: setup
	TAGS=$(TAGS) testdata/fuzz.sh '$(FUZZTIME)' '$(FUZZ)'

bench: build
	go test -tags $(TAGS) -run '^$$' -bench . -benchtime 1x -timeout 30m ./...
