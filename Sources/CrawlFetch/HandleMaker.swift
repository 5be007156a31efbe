internal import CrawlCore
internal import CurlKit

/// Makes a worker's libcurl handles, all set up alike and with the same TLS sessions: those for plain requests, or those
/// of one profile, whose sessions are its own.
final class HandleMaker {
    /// nil = for requests without one.
    let profile: UInt16?
    /// How many were made.
    private(set) var made = 0
    private let options: EasyOptions
    private let sessions: TLSSessions

    init(_ limits: FetchLimits, profile: UInt16? = nil) throws(CurlError) {
        self.profile = profile
        let worn = profile.map { limits.profiles[Int($0)] }
        var options = EasyOptions()
        options.userAgent = limits.userAgent
        options.connectTimeoutMs = Int(limits.connectTimeout.ms)
        options.totalTimeoutMs = Int(limits.totalTimeout.ms)
        options.http2 = limits.offersHTTP2(worn)
        options.ciphers = worn?.ciphers(ofTLS13: false)
        options.tls13Ciphers = worn?.ciphers(ofTLS13: true)
        options.curves = worn.flatMap { $0.tlsCurves.isEmpty ? nil : $0.tlsCurves }
        options.caFile = limits.caFile
        options.use = limits.handleUse
        self.options = options
        sessions = try TLSSessions()
    }

    /// Throws if libcurl has no room for one, or will not have the profile.
    func make() throws(CurlError) -> EasyHandle {
        let easy = try EasyHandle(options, sessions: sessions)
        made += 1
        return easy
    }
}
