internal import CrawlCore
internal import CurlKit

extension UnsafeMutablePointer<Slot> {
    /// A slot whose handle is set up for good; nil if libcurl has no room for one, or will not have the profile.
    static func make(_ limits: FetchLimits, profile: UInt16? = nil, _ sendings: Sendings) -> UnsafeMutablePointer<Slot>?
    {
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
        guard let easy = try? EasyHandle(options) else { return nil }
        let slot = UnsafeMutablePointer<Slot>.allocate(capacity: 1)
        let addressGuard = AddressGuard(allowing: limits.allowAddresses)
        slot.initialize(
            to: Slot(easy: easy, addressGuard: addressGuard, limits: limits, profile: profile, sendings: sendings))
        do {
            try easy.setCallbacks(context: slot, onHeader: receiveHeader, onBody: receiveBody)
            try easy.setAddressCheck(context: slot, allowsAddress)
            try easy.setSendNotice(context: slot, noteSending)
            try easy.setProgress(context: slot, noteProgress)
            return slot
        } catch {
            slot.pointee.free()
            slot.deinitialize(count: 1)
            slot.deallocate()
            return nil
        }
    }
}

extension Slot {
    /// Puts `extra` on the handle, or takes off what an earlier request left there; a plain request after a plain one
    /// costs nothing.
    mutating func carry(_ extra: CarriedExtra?) throws(CurlError) {
        guard extra != nil || carriesExtra else { return }
        let lines = extra?.lines ?? []
        // Stays so if libcurl throws: the next request will try again.
        carriesExtra = true
        try easy.setExtras(headers: profileLines + lines, decodes: extra?.kept != nil)
        carriesExtra = extra != nil
        kept = extra?.kept
        if !lines.isEmpty { flags.insert(.conditional) }
    }
}
