/// A worker goes on to the next address of a request by itself when one cannot be connected to, and tells of that. Whoever
/// starts afterwards sees where the request really is, see `AddressLimit`.
extension Scheduler {
    /// The request of `result` goes on to another address; its answer is still to come.
    package mutating func moved(_ result: FetchResult, now: Instant) {
        if URLKey.isRobots(result.ticket) {
            let origin = URLKey.origin(of: result.ticket)
            guard let flight = robotsFlights[origin], let active = flight.asked, let sentTo = flight.sentTo,
                let place = move(flight.place, sentTo, Int(result.failedAddresses), now)
            else { return }
            robotsFlights[origin]?.place = place
            dropFailed(result, sentTo, of: active, now: now)
        } else if let flight = flights[result.ticket], !flight.isJudged, let sentTo = flight.sentTo,
            let place = move(flight.place, sentTo, Int(result.failedAddresses), now)
        {
            flight.place = place
            dropFailed(result, sentTo, of: flight.origin, now: now)
        }
    }

    /// nil = there is no such address, or the request is there.
    private mutating func move(
        _ place: AddressPlace, _ sentTo: Destinations, _ index: Int, _ now: Instant
    ) -> AddressPlace? {
        guard let next = sentTo[index].map(AddressKey.init), next != place.address else { return nil }
        let moved = addresses.move(place, to: next)
        if moved.held == nil { offer(place.address, now: now) }
        offer(place.held, now: now)
        return moved
    }
}
