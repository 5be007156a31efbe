import CrawlCore
import CrawlFetch
import CrawlFrontier

/// The configuration as each room takes it.
extension Config {
    var schedulerRules: SchedulerRules {
        var rules = SchedulerRules()
        rules.maxInFlight = fetch.maxInFlight
        rules.perOriginInFlight = politeness.perOriginInFlight
        rules.perAddressInFlight = politeness.perAddressInFlight
        rules.perEdgeAddressInFlight = max(politeness.perEdgeAddressInFlight, politeness.perAddressInFlight)
        rules.wideAddresses = politeness.wideAddresses.compactMap { IPNetwork($0) }
        rules.names = dns.rules
        rules.crawlDelay = politeness.crawlDelay
        rules.maxRetryAfter = politeness.maxRetryAfter
        rules.chainCookies = fetch.chainCookies
        rules.jitter = politeness.jitter
        rules.budget.requestsPerDay = budget.requestsPerDay
        rules.budget.requestsPerOriginPerDay = budget.requestsPerOriginPerDay
        rules.robots = robotsSettings
        rules.recrawl = recrawl.byDefault
        rules.recrawlBounds = recrawl.bounds
        rules.health = health.rules
        rules.proxies = proxies.urls.count
        rules.storm = storm.rules
        rules.softBlock = SoftBlockRules(
            control: softBlock.control, name: softBlock.controlProfile, switches: softBlock.onDetect == .switch)
        rules.keepsResults = output.results.limits != nil
        rules.archive = output.warc.rule
        return rules
    }

    var robotsSettings: RobotsSettings {
        var settings = RobotsSettings()
        settings.obeys = robots.obey
        settings.productToken = robots.productToken
        settings.lifetime = robots.ttl
        settings.challenge = robots.challenge
        settings.maxCrawlDelay = politeness.maxCrawlDelay
        settings.cacheBytes = robots.cache
        return settings
    }

    var refusalPolicy: RefusalPolicy {
        var policy = RefusalPolicy()
        policy.robots = robotsSettings
        policy.guards = fetch.allowAddresses.joined(separator: " ")
        return policy
    }

    var fetchLimits: FetchLimits {
        var limits = FetchLimits()
        limits.workers = fetch.workers
        limits.maxInFlight = fetch.maxInFlight
        limits.userAgent = fetch.userAgent
        limits.connectTimeout = fetch.connectTimeout
        limits.responseTimeout = fetch.responseTimeout
        limits.totalTimeout = fetch.totalTimeout
        limits.maxBody = Int64(fetch.maxBody)
        limits.http2 = fetch.http2
        limits.sharesConnections = politeness.perOriginInFlight > 1
        limits.caFile = fetch.caFile.isEmpty ? nil : fetch.caFile
        limits.proxies = proxies.urls.compactMap { ProxyServer($0) }
        limits.profiles = softBlock.profiles.map(\.profile.profile)
        limits.allowAddresses = fetch.allowAddresses.compactMap { IPNetwork($0) }
        limits.tellsContentType = output.results.limits != nil
        return limits
    }

    var storeOptions: FrontierStore.Options {
        var options = FrontierStore.Options()
        options.resolveHold = health.resolveHold
        options.keepAlerts = alerts.keep
        options.results = output.results.limits
        options.policy = refusalPolicy
        options.sinks = ["log"]
        if !alerts.exec.isEmpty { options.sinks.append("exec") }
        if !alerts.webhook.isEmpty { options.sinks.append("webhook") }
        return options
    }
}

extension RecrawlConfig {
    /// Of URLs enqueued without one.
    var byDefault: Recrawl { interval.map { adaptive ? .adaptive($0) : .every($0) } ?? .never }

    var bounds: RecrawlBounds {
        var bounds = RecrawlBounds()
        bounds.shortest = minInterval
        bounds.longest = maxInterval
        bounds.start = interval ?? bounds.start
        return bounds
    }
}

extension HealthConfig {
    var rules: HealthRules {
        var rules = HealthRules()
        rules.burst = burst
        rules.probes = probes
        rules.brokenAfter = brokenAfter
        rules.minProbeTimes = minProbeTimes
        rules.maxGap = maxGap
        rules.recheckFirst = recheckFirst
        rules.recheckRatio = recheckRatio
        rules.recheckMax = recheckMax
        rules.probeSlots = probeSlots
        rules.urlIncidents = urlIncidents
        rules.originTrip = originTrip
        rules.resolveSpread = resolveSpread
        rules.resolveAfter = resolveAfter
        rules.resolveGap = resolveGap
        rules.jitter = jitter
        rules.policies = policies
        return rules
    }
}
