import CrawlCore

/// Reads leases on a lane of its own, many origins at a time: the loop goes on meanwhile.
struct LeaseLane: Sendable {
    /// At most so many origins in a read. A row that cannot be read costs the others of its batch a second read.
    static let batch = 64

    typealias Answer = (request: LeaseRequest, lease: Result<Lease, any Error>)

    private let frontier: any Frontier
    private let lane: any Lane

    init(_ frontier: any Frontier, clock: any Clock) {
        self.frontier = frontier
        lane = clock.lane("crawld.service.lease")
    }

    /// `told` gets an answer to each of the requests, on the lane.
    func read(_ requests: [LeaseRequest], told: @escaping @Sendable ([Answer]) -> Void) {
        lane.async { told(answers(to: requests)) }
    }

    private func answers(to requests: [LeaseRequest]) -> [Answer] {
        switch Result(catching: { try frontier.lease(requests) }) {
        case .success(let leases): return zip(requests, leases).map { ($0, .success($1)) }
        case .failure(let error) where requests.count == 1: return [(requests[0], .failure(error))]
        // Who cannot be read is alone with it.
        case .failure: return requests.flatMap { answers(to: [$0]) }
        }
    }
}
