internal import CrawlCore
internal import CurlKit

extension UnsafeMutablePointer<Slot> {
    /// A slot with a handle; nil if libcurl has no room for one, or will not have the profile.
    static func make(_ maker: HandleMaker, _ limits: FetchLimits, _ sendings: Sendings) -> UnsafeMutablePointer<Slot>? {
        guard let easy = try? maker.make() else { return nil }
        let slot = UnsafeMutablePointer<Slot>.allocate(capacity: 1)
        slot.initialize(to: Slot(easy: easy, maker: maker, limits: limits, sendings: sendings))
        do {
            try slot.callBack()
            return slot
        } catch {
            slot.pointee.free()
            slot.deinitialize(count: 1)
            slot.deallocate()
            return nil
        }
    }

    /// Gives the slot a new handle unless the one it has may serve once more. Whatever was on the old one is gone.
    func renewHandle() throws(CurlError) {
        guard !pointee.easy.mayServe else { return }
        pointee.takeFresh(try pointee.maker.make())
        try callBack()
    }

    private func callBack() throws(CurlError) {
        let easy = pointee.easy
        try easy.setCallbacks(context: self, onHeader: receiveHeader, onBody: receiveBody)
        try easy.setAddressCheck(context: self, allowsAddress)
        try easy.setSendNotice(context: self, noteSending)
    }
}

extension Slot {
    /// Puts `extra` on the handle, or takes off what an earlier request left there; a plain request after a plain one
    /// costs nothing.
    mutating func carry(_ extra: CarriedExtra?) throws(CurlError) {
        guard extra != nil || carriesExtra else { return }
        // Stays so if libcurl throws: the next request will try again.
        carriesExtra = true
        try easy.setHeaders(lines(with: extra))
        carriesExtra = extra != nil
        kept = extra?.kept
        if extra?.isConditional ?? false { flags.insert(.conditional) }
    }

    /// A profile may ask for codings that nobody undoes here.
    private func lines(with extra: CarriedExtra?) -> [String] {
        guard let extra else { return profileLines }
        guard extra.kept != nil else { return profileLines + extra.lines }
        return profileLines.filter { !$0.lowercased().hasPrefix("accept-encoding:") } + extra.lines
    }
}
