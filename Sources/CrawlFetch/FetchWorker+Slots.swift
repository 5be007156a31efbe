internal import CrawlCore

/// The places for requests: made when they are needed, kept for the next.
extension FetchWorker {
    func takeSlot(_ profile: UInt16?) -> UnsafeMutablePointer<Slot>? {
        if let slot = profile.map({ idleInProfile[$0]?.popLast() }) ?? idle.popLast() { return slot }
        guard let maker = maker(profile), let slot = UnsafeMutablePointer<Slot>.make(maker, limits, commons) else {
            return nil
        }
        slot.pointee.index = slots.count
        slots.append(slot)
        return slot
    }

    func maker(_ profile: UInt16?) -> HandleMaker? {
        guard let profile else { return handles }
        if let maker = handlesInProfile[profile] { return maker }
        let maker = try? HandleMaker(limits, commons, profile: profile)
        handlesInProfile[profile] = maker
        return maker
    }

    func giveBack(_ slot: UnsafeMutablePointer<Slot>) {
        slot.pointee.isInFlight = false
        commons.flights.end(at: slot.pointee.seat)
        if slot.pointee.isResting { commons.resting.removeAll { $0 == slot } }
        slot.pointee.isResting = false
        slot.pointee.isHeld = false
        // Of a request that libcurl never had.
        slot.pointee.recording?.drop()
        slot.pointee.recording = nil
        slot.pointee.tellsSending = false
        slot.pointee.kept = nil
        slot.pointee.extra = nil
        slot.pointee.leaveConnection()
        slot.pointee.releaseRivals()
        if slot.pointee.keepsConnection { commons.connections.promised -= 1 }
        slot.pointee.keepsConnection = false
        if let profile = slot.pointee.profile {
            idleInProfile[profile, default: []].append(slot)
        } else {
            idle.append(slot)
        }
    }
}
