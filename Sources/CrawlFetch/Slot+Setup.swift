internal import CrawlCore
internal import CurlKit

extension UnsafeMutablePointer<Slot> {
    /// A slot with a handle; nil if libcurl has no room for one.
    static func make(_ maker: HandleMaker, _ limits: FetchLimits, _ commons: WorkerCommons) -> UnsafeMutablePointer<
        Slot
    >? {
        let slot = UnsafeMutablePointer<Slot>.allocate(capacity: 1)
        let room = HandleRoom()
        guard let easy = try? maker.make(slot, room) else {
            slot.deallocate()
            return nil
        }
        slot.initialize(
            to: Slot(easy: easy, room: room, maker: maker, limits: limits, commons: commons, place: slot))
        return slot
    }

    /// Gives the slot a new handle unless the one it has may serve once more. Whatever was on the old one is gone.
    func renewHandle() throws(CurlError) {
        guard !pointee.easy.mayServe else { return }
        pointee.takeFresh(try pointee.maker.make(self, pointee.handleRoom))
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
