# make run      crawld in the foreground, everything under .run/; CONFIG=config/quickstart.yaml shortens the hour to 14 s
# make test     format, warnings, import arrows, tests
# make systemd  what the booted systemd makes of the units (part of make test): CHECKS="hung full" for some of Tests/Systemd/checks
# make demo     a page that turns 520 and heals, in a minute
# make bench    the measurements, in a release build; PARTS="names polite" for some, BASE=REVISION beside that one
# make bench-peers  other programs over the same lists
# make policy-table  a month of outages under the retry rules of other crawlers and ours
# make simulate  crawld against simulated origins, every step checked; SEEDS=1000 FIRST=1 or MINUTES=3, ONLY=name;
#                a large one: SEEDS=1 ORIGINS=10000 DAYS=14
# make mutations  breaks one rule at a time and shows that the simulation notices
# make soak     churn over the loopback for MINUTES=20: memory and descriptors a minute, and whether they grow
# make install  PREFIX=/usr/local DESTDIR=; make uninstall takes away what it copied
# make format   as .swift-format says
# make clean

CONFIG ?= config/local.yaml
PREFIX ?= /usr/local
DESTDIR ?=
FIRST ?= 1
SEEDS ?= 0
ORIGINS ?= 50
DAYS ?= 3
MINUTES ?= $(if $(filter 0,$(SEEDS)),3,0)

# MINUTES has another default here.
SOAK_MINUTES = $(if $(filter command line environment,$(origin MINUTES)),$(MINUTES),20)

build_packages = libsqlite3-dev libcurl4-openssl-dev libsystemd-dev libpsl-dev libc-ares-dev libexpat1-dev zlib1g-dev \
	libdeflate-dev libjemalloc-dev pkg-config
demo_packages = $(build_packages) nginx-light
test_packages = $(demo_packages) tinyproxy unbound dnsmasq-base openssl curl iproute2 python3 python3-pip python3-venv \
	systemd nodejs jq
swift_files = Package.swift Sources Tests

.PHONY: run test systemd demo bench bench-peers policy-table simulate mutations soak install uninstall format clean

run:
	@.ci/packages $(build_packages)
	swift build --product crawld
	swift build --product crawlctl
	@mkdir -p .run
	@echo "In another terminal: CRAWLD_SOCKET=.run/control.sock .build/debug/crawlctl status"
	@exec .build/debug/crawld --config '$(CONFIG)'

test:
	@.ci/packages $(test_packages)
	swift format lint --strict -r $(swift_files)
	@.ci/readme
	@.ci/mutations --fit
	@.ci/protego
	@STRICT=$(STRICT) .ci/build-strict --build-tests
	@STRICT=$(STRICT) .ci/test

systemd:
	@.ci/packages $(test_packages)
	swift build --product crawld
	swift build --product crawlctl
	swift build --product TrapCrawld
	@out=$$(mktemp -d) && trap 'rm -rf "$$out"' EXIT && code=0 && \
		{ Tests/Systemd/boot .build/debug "$$out" $(CHECKS) || code=$$?; cat "$$out"/*.log; exit $$code; }

demo:
	@.ci/packages $(demo_packages)
	swift build --product crawld
	swift build --product crawlctl
	@.ci/demo .build/debug

bench:
	@.ci/packages $(test_packages)
	swift build -c release --product crawld
	swift build -c release --product CrawlBench
	@if [ -n '$(BASE)' ]; then .ci/base '$(BASE)'; fi
	.build/release/CrawlBench $(addprefix --only ,$(PARTS)) $(if $(BASE),--base .build-base/.build/release/crawld)

bench-peers:
	@.ci/packages $(test_packages) wget2 python3-venv
	@Tests/Peers/install .build/peers
	swift build -c release --product crawld
	swift build -c release --product CrawlBench
	.build/release/CrawlBench --only peers

policy-table:
	@.ci/packages $(build_packages)
	swift build -c release --product PolicyTable
	.build/release/PolicyTable

simulate:
	@.ci/packages $(build_packages)
	swift build -c release --product Simulate
	SWIFT_DETERMINISTIC_HASHING=1 .build/release/Simulate --first $(FIRST) --seeds $(SEEDS) --minutes $(MINUTES) \
		--origins $(ORIGINS) --days $(DAYS) $(addprefix --only ,$(ONLY))

mutations:
	@.ci/packages $(build_packages) python3
	@.ci/mutations

soak:
	@.ci/packages $(build_packages) python3
	swift build -c release --product crawld
	Tests/Soak/soak .build/release/crawld --minutes $(SOAK_MINUTES)

install:
	@.ci/packages $(build_packages)
	swift build -c release --static-swift-stdlib --product crawld
	swift build -c release --static-swift-stdlib --product crawlctl
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' .ci/install .build/release

uninstall:
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' .ci/install --remove

format:
	swift format -i -r $(swift_files)

clean:
	swift package clean
	rm -rf .run
