/// The steps that lead from an empty file to the tables of today. Each runs once, in a transaction of its own, and is
/// never changed after it was released: what changes is a step of its own at the end.
extension Schema {
    static let steps = [
        first, polite, held, breaker, routed, guards, episodes, softBlocked, softBlockedOrigins, kept, robotsFaults,
        respelled, edgeThrottled, conditional, challenges, sitemapLosses, suspects, sitemapPatience, named,
        dueByMinute, rechecksByAge, nextLook, evidenceInColumns, results, archive,
    ]

    /// URLs, health, incidents, alerts.
    private static let first = """
        -- Small facts of the frontier itself: hash key, clean stop, pause, timeline, generation.
        CREATE TABLE fact (name TEXT PRIMARY KEY, value) WITHOUT ROWID;

        CREATE TABLE origin (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            has_work INTEGER NOT NULL DEFAULT 0,     -- 0 only if no URL is due, now or later
            blocked_until INTEGER,
            block_level INTEGER NOT NULL DEFAULT 0);
        CREATE INDEX origin_has_work ON origin (id) WHERE has_work;
        CREATE INDEX origin_blocked ON origin (id) WHERE blocked_until IS NOT NULL;

        -- One row a URL; id = origin << 40 | 40 bits of the path's hash, so an origin's URLs lie together.
        -- Small numbers 0 and 1 take no byte, so the common values are these.
        CREATE TABLE url (
            id INTEGER PRIMARY KEY,
            path TEXT NOT NULL,
            state INTEGER NOT NULL,
            generation INTEGER NOT NULL,             -- removed and enqueued again, or revived: another one
            priority INTEGER NOT NULL,
            due_at INTEGER,                          -- ordinary traffic; NULL = not due
            recrawl_ms INTEGER,                      -- NULL = the configured default, 0 = never
            has_health INTEGER NOT NULL DEFAULT 0,
            attempts INTEGER NOT NULL DEFAULT 0,
            last_at INTEGER,
            last_answer INTEGER NOT NULL DEFAULT 0); -- outcome * 1000 + HTTP status; 0 = never asked
        CREATE INDEX url_due ON url (id >> 40, priority DESC, due_at) WHERE due_at IS NOT NULL;

        -- What the page was at its last success.
        CREATE TABLE content (
            id INTEGER PRIMARY KEY, bytes INTEGER NOT NULL, digest BLOB, etag TEXT, last_modified TEXT);

        CREATE TABLE note (id INTEGER PRIMARY KEY, meta TEXT NOT NULL);

        -- Only URLs that are not simply fine.
        CREATE TABLE health (
            id INTEGER PRIMARY KEY,
            due_at INTEGER,                          -- burst, probe or recheck; NULL = not due
            phase INTEGER NOT NULL,
            streak_since INTEGER NOT NULL,
            level INTEGER NOT NULL,
            neutral_tries INTEGER NOT NULL,
            requests INTEGER NOT NULL,
            run_outcome INTEGER,                     -- NULL = no run
            run_since INTEGER, run_last_at INTEGER, run_observations INTEGER, run_probe_times INTEGER,
            run_burst_attempts INTEGER, run_grade INTEGER, run_timeline INTEGER,
            run_evidence TEXT,
            incident TEXT, mark_step INTEGER, mark_good INTEGER);
        CREATE INDEX health_due ON health (id >> 40, due_at) WHERE due_at IS NOT NULL AND phase <> 3;
        CREATE INDEX health_recheck ON health (id >> 40, due_at) WHERE due_at IS NOT NULL AND phase = 3;
        CREATE INDEX health_phase ON health (phase, id);

        CREATE TABLE incident (
            id TEXT PRIMARY KEY,
            url_id INTEGER NOT NULL,
            cause TEXT NOT NULL, url TEXT NOT NULL, origin TEXT NOT NULL,
            marked_at INTEGER NOT NULL,
            closed_at INTEGER, how TEXT,
            facts TEXT NOT NULL) WITHOUT ROWID;
        CREATE INDEX incident_open ON incident (id) WHERE closed_at IS NULL;

        CREATE TABLE alert (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE, incident TEXT NOT NULL, at INTEGER NOT NULL, facts TEXT NOT NULL);
        CREATE TABLE delivery (
            seq INTEGER NOT NULL, sink TEXT NOT NULL, incident TEXT NOT NULL,
            state INTEGER NOT NULL DEFAULT 0,        -- 0 pending, 1 delivered
            attempts INTEGER NOT NULL DEFAULT 0,
            next_at INTEGER NOT NULL,
            error TEXT,
            PRIMARY KEY (seq, sink)) WITHOUT ROWID;
        CREATE INDEX delivery_pending ON delivery (next_at) WHERE state = 0;
        CREATE INDEX delivery_order ON delivery (incident, sink, seq) WHERE state = 0;

        -- URLs by state: kept, not counted.
        CREATE TABLE tally (state INTEGER PRIMARY KEY, urls INTEGER NOT NULL);
        """

    /// robots.txt, blocks, redirects, budgets, sitemaps.
    private static let polite = """
        -- Origins that a server asked to wait, lately.
        CREATE TABLE block (
            origin INTEGER PRIMARY KEY, until INTEGER NOT NULL, level INTEGER NOT NULL, forgiven_at INTEGER NOT NULL);
        INSERT INTO block
            SELECT id, blocked_until, block_level, blocked_until + 60000 FROM origin WHERE blocked_until IS NOT NULL;
        ALTER TABLE origin RENAME TO old_origin;
        CREATE TABLE origin (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            has_work INTEGER NOT NULL DEFAULT 0);    -- 0 only if no URL is due, now or later
        INSERT INTO origin SELECT id, key, has_work FROM old_origin;
        DROP TABLE old_origin;
        CREATE INDEX origin_has_work ON origin (id) WHERE has_work;

        CREATE TABLE robots (
            origin INTEGER PRIMARY KEY,
            version INTEGER NOT NULL,                -- raised by a revival: an answer from before no longer counts
            hold INTEGER NOT NULL,                   -- 0 none, 1 robots-unreachable, 2 origin-broken
            asked_at INTEGER NOT NULL,
            answer INTEGER NOT NULL,                 -- outcome * 1000 + HTTP status
            copy_at INTEGER, expires_at INTEGER,     -- NULL = no copy
            found_at TEXT,                           -- where redirects led
            text BLOB);
        CREATE INDEX robots_hold ON robots (origin) WHERE hold <> 0;

        -- Why a URL is refused.
        CREATE TABLE refusal (id INTEGER PRIMARY KEY, rule INTEGER NOT NULL, text TEXT NOT NULL);
        -- Origins whose refused URLs have to be looked at again, from the one after `after` on.
        CREATE TABLE readmission (origin INTEGER PRIMARY KEY, after INTEGER NOT NULL);

        -- Where the last redirect of a URL pointed, and how far from an enqueued URL a redirect's target is.
        CREATE TABLE redirect (id INTEGER PRIMARY KEY, target TEXT, is_permanent INTEGER NOT NULL, problem TEXT);
        CREATE TABLE arrival (id INTEGER PRIMARY KEY, hops INTEGER NOT NULL);

        -- Requests of a UTC day, kept only while there is a limit per origin.
        CREATE TABLE spent (origin INTEGER PRIMARY KEY, day INTEGER NOT NULL, requests INTEGER NOT NULL);

        -- A sitemap that was asked for, with all that it leads to; of each root the last one.
        CREATE TABLE sitemap_job (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            url TEXT NOT NULL UNIQUE,
            asked_at INTEGER NOT NULL,
            ended_at INTEGER,                        -- NULL = documents wait or are read
            priority INTEGER, due_at INTEGER, recrawl_ms INTEGER, meta TEXT, force INTEGER NOT NULL,
            documents INTEGER NOT NULL DEFAULT 0,
            documents_done INTEGER NOT NULL DEFAULT 0,
            documents_failed INTEGER NOT NULL DEFAULT 0,
            entries INTEGER NOT NULL DEFAULT 0,
            new INTEGER NOT NULL DEFAULT 0,
            known INTEGER NOT NULL DEFAULT 0,
            rejected INTEGER NOT NULL DEFAULT 0,
            foreign_hosts INTEGER NOT NULL DEFAULT 0,
            reason TEXT, reason_url TEXT);           -- of the first document that was not read to its end
        CREATE INDEX sitemap_job_open ON sitemap_job (id) WHERE ended_at IS NULL;

        -- The documents of open jobs, by the number of their URL.
        CREATE TABLE sitemap_document (
            id INTEGER PRIMARY KEY,
            job INTEGER NOT NULL,
            parent INTEGER,                          -- the index that names it; NULL = the root
            depth INTEGER NOT NULL,
            state INTEGER NOT NULL DEFAULT 0,        -- 0 waiting, 1 fetched, 2 done, 3 failed
            tries INTEGER NOT NULL DEFAULT 0,        -- fetches that left no file
            entries INTEGER NOT NULL DEFAULT 0);     -- read so far
        CREATE INDEX sitemap_document_fetched ON sitemap_document (job, id) WHERE state = 1;
        CREATE INDEX sitemap_document_job ON sitemap_document (job);
        """

    /// Holds of origins apart from what makes them, each with a count of its own.
    private static let held = """
        -- Origins none of whose URLs may be asked.
        CREATE TABLE hold (
            origin INTEGER PRIMARY KEY,
            reasons INTEGER NOT NULL,                -- bits, see HoldTable.Reasons
            urls INTEGER NOT NULL);                  -- in state 1: kept, not counted; the sum is a fact
        CREATE INDEX hold_urls ON hold (origin) WHERE urls > 0;
        INSERT INTO hold
            SELECT origin, hold, (SELECT count(*) FROM url
                WHERE id >= origin << 40 AND id < (origin + 1) << 40 AND state = 1)
            FROM robots WHERE hold <> 0;
        INSERT OR REPLACE INTO fact SELECT 'held_urls', coalesce(sum(urls), 0) FROM hold;
        DROP INDEX robots_hold;
        ALTER TABLE robots DROP COLUMN hold;
        -- Due, and not simply scheduled: with `url_due` this counts what waits.
        CREATE INDEX url_due_aside ON url (id >> 40) WHERE due_at IS NOT NULL AND state <> 1;
        """

    /// Origins in trouble.
    private static let breaker = """
        -- Only origins whose URLs fail, or did lately; see OriginBreaker.
        CREATE TABLE breaker (
            origin INTEGER PRIMARY KEY,
            phase INTEGER NOT NULL,                  -- 0 shut, 1 suspect, 2 broken
            canary INTEGER NOT NULL, scout INTEGER,
            is_scout_turn INTEGER NOT NULL, was_scout_good INTEGER NOT NULL,
            incident TEXT, no_trip_before INTEGER, last_good_at INTEGER, released_at INTEGER,
            urls INTEGER NOT NULL,
            version INTEGER NOT NULL);               -- raised by an operator's hand

        -- Incidents that several URLs of an origin share.
        CREATE TABLE partial (
            incident TEXT PRIMARY KEY, origin INTEGER NOT NULL, outcome INTEGER NOT NULL, urls INTEGER NOT NULL)
            WITHOUT ROWID;
        CREATE INDEX partial_origin ON partial (origin);

        -- What requests were spent on and what marks have saved, and each open incident's part of it; see LedgerTable.
        CREATE TABLE ledger (
            spent INTEGER NOT NULL, wasted INTEGER NOT NULL, settled REAL NOT NULL, rate REAL NOT NULL,
            rate_days REAL NOT NULL, asked INTEGER NOT NULL);
        INSERT INTO ledger VALUES (0, 0, 0, 0, 0, 0);
        CREATE TABLE saving (
            incident TEXT PRIMARY KEY, since INTEGER NOT NULL, rate REAL NOT NULL, asked INTEGER NOT NULL,
            settled REAL NOT NULL) WITHOUT ROWID;

        -- The last attempts of URLs that fail, a ring for each.
        CREATE TABLE attempt (
            id INTEGER NOT NULL, slot INTEGER NOT NULL, at INTEGER NOT NULL,
            answer INTEGER NOT NULL,                 -- outcome * 1000 + HTTP status
            evidence TEXT, PRIMARY KEY (id, slot)) WITHOUT ROWID;

        -- URLs that wait for a slot, in the order in which they failed.
        CREATE INDEX health_waiting ON health (id >> 40, streak_since) WHERE phase = 4;
        """

    /// Proxies and HTTP versions.
    private static let routed = """
        -- How often an origin was moved on to another proxy.
        CREATE TABLE rotation (origin INTEGER PRIMARY KEY, moves INTEGER NOT NULL);
        -- HTTP/2 failed in this streak: 1 = asked over HTTP/1.1.
        ALTER TABLE health ADD COLUMN http1 INTEGER NOT NULL DEFAULT 0;
        """

    /// What the guards against storms and against being offline remember.
    private static let guards = """
        -- Registrable domains that gave a good answer in the last day, by a hash of their names.
        CREATE TABLE domain (
            key INTEGER PRIMARY KEY,
            last_good_at INTEGER NOT NULL,           -- up to an hour old
            edge INTEGER NOT NULL,                   -- who gave the last answer: 0 the origin, 1 Cloudflare
            bad_since INTEGER,                       -- NULL = the last answer was good
            is_alone INTEGER NOT NULL,               -- failed on when a storm was over: counts in no other
            url INTEGER NOT NULL);                   -- that gave the good answer

        -- Of each subject the open period, or the last.
        CREATE TABLE guard_period (
            subject INTEGER PRIMARY KEY,             -- 0 offline, else a storm behind that edge
            incident TEXT NOT NULL,
            began_at INTEGER NOT NULL,
            ended_at INTEGER,                        -- NULL = it goes on
            domains INTEGER NOT NULL,                -- turned bad, or silent
            asked INTEGER NOT NULL,                  -- behind the edge, when it began
            first_at INTEGER NOT NULL);              -- the first of the domains turned bad
        """

    /// Incidents about more than a URL, reminders, relapses, deliveries that are given up.
    private static let episodes = """
        ALTER TABLE incident RENAME TO old_incident;
        DROP INDEX incident_open;
        CREATE TABLE incident (
            id TEXT PRIMARY KEY,
            scope TEXT NOT NULL,                     -- url, origin, partial, edge, offline
            url_id INTEGER,                          -- of an origin the ticket of its robots.txt; NULL = neither
            cause TEXT NOT NULL,
            url TEXT, origin TEXT,
            marked_at INTEGER NOT NULL,
            closed_at INTEGER, how TEXT,
            told_at INTEGER NOT NULL,                -- the last message but the resolved one
            resolved_seq INTEGER,                    -- the resolved message while nobody was sent it and a relapse can
            hold_until INTEGER,                      --   take it back: that of a run that began before this
            facts TEXT NOT NULL) WITHOUT ROWID;
        INSERT INTO incident (id, scope, url_id, cause, url, origin, marked_at, closed_at, how, told_at, facts)
            SELECT id, CASE WHEN url_id < 0 THEN 'origin' ELSE 'url' END, url_id, cause, url, origin, marked_at,
                closed_at, how, marked_at, facts FROM old_incident;
        DROP TABLE old_incident;
        CREATE INDEX incident_open ON incident (id) WHERE closed_at IS NULL;
        CREATE INDEX incident_subject ON incident (url_id, id);
        CREATE INDEX incident_told ON incident (told_at) WHERE closed_at IS NULL;
        CREATE INDEX incident_resolving ON incident (url_id) WHERE resolved_seq IS NOT NULL;

        -- URLs whose open run holds a resolved message back.
        CREATE TABLE relapse (
            url_id INTEGER NOT NULL, incident TEXT NOT NULL, outcome INTEGER NOT NULL,
            PRIMARY KEY (url_id, incident)) WITHOUT ROWID;
        CREATE INDEX relapse_incident ON relapse (incident);
        -- Marks that were relapses, while the incident that went on is open.
        CREATE TABLE relapse_mark (mark TEXT PRIMARY KEY, incident TEXT NOT NULL) WITHOUT ROWID;
        CREATE INDEX relapse_mark_incident ON relapse_mark (incident);

        -- From here on delivery.state is 0 pending, 1 delivered, 2 given up, 3 held back for a relapse.
        ALTER TABLE delivery ADD COLUMN tried_at INTEGER;
        CREATE INDEX delivery_held ON delivery (seq) WHERE state = 3;
        """

    /// Proofs that only our own request is turned away.
    private static let softBlocked = """
        ALTER TABLE health ADD COLUMN soft_block TEXT;  -- see SoftBlockText; NULL = nothing is known of one
        """

    /// Origins that turn our request away as a whole, and what scouts met.
    private static let softBlockedOrigins = """
        -- From here on breaker.phase may be 3: parked.
        ALTER TABLE breaker ADD COLUMN switched_at INTEGER;   -- the control profile asks since; NULL = we ask
        ALTER TABLE breaker ADD COLUMN switched_url INTEGER;  -- the last that was switched, none good for us since
        ALTER TABLE breaker ADD COLUMN looks TEXT;            -- OriginBreaker.Looks; NULL = none
        """
}
