internal import CrawlCore
internal import Dispatch
internal import Glibc

/// Recordings of requests: they begin with them, and may make them wait.
extension FetchWorker {
    /// Nothing was sent for `slot` yet.
    func beginRecording(_ slot: UnsafeMutablePointer<Slot>, _ url: UnsafePointer<CChar>, _ recorder: any Recorder) {
        let (index, ticket) = (slot.pointee.index, slot.pointee.ticket)
        slot.pointee.recording = recorder.begin(
            ticket: ticket, url: UnsafeRawBufferPointer(start: url, count: strlen(url)),
            start: slot.pointee.startedAt
        ) { [weak self] in
            guard let self else { return }
            queue.async { self.recordingGoesOn(index, ticket) }
        }
    }

    /// The slot may have another request by now, or have gone on already.
    private func recordingGoesOn(_ index: Int, _ ticket: Int64) {
        let slot = slots[index]
        guard slot.pointee.isInFlight, slot.pointee.isHeld, slot.pointee.ticket == ticket else { return }
        // Its turn goes on where it was, so that waiting for the disk gets nobody more of the worker's time.
        slot.pointee.isHeld = false
        letGo(slot)
        settle()
    }
}
