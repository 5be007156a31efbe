internal import CrawlCore
internal import CurlKit

/// Makes a worker's libcurl handles, all set up alike and with the same TLS sessions: those for plain requests, or those
/// of one profile, whose sessions are its own. There may be one for each request, so they are copies of a model.
final class HandleMaker {
    /// nil = for requests without one.
    let profile: UInt16?
    private let tally: WorkerTally
    /// Never given to libcurl for a transfer.
    private let model: EasyHandle

    /// Throws if libcurl has no room for a handle, or will not have the profile.
    init(_ limits: FetchLimits, _ commons: WorkerCommons, profile: UInt16? = nil) throws(CurlError) {
        self.profile = profile
        tally = commons.tally
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
        model = try EasyHandle(options, sessions: TLSSessions())
        try model.setCallbacks(context: nil, onHeader: receiveHeader, onBody: receiveBody)
        try model.setSocketMaker(context: nil, makeSocket)
        try model.setBook(commons.connections.book)
        try model.setSendNotice(context: nil, noteSending)
        if limits.recorder != nil { try model.setTap(noteWire) }
    }

    /// For `slot`, which has to outlive it. Throws if libcurl has no room for one.
    func make(_ slot: UnsafeMutablePointer<Slot>, _ room: HandleRoom) throws(CurlError) -> EasyHandle {
        let easy = try EasyHandle(like: model, context: slot, room: room)
        tally.noteHandle()
        return easy
    }
}
