import CrawlCore

extension CrawlLoop {
    func lease(_ requests: [LeaseRequest]) {
        guard !requests.isEmpty else { return }
        var requests = requests
        scheduler?.exclude(from: &requests)
        leases.read(requests) { [weak self] answers in
            guard let self else { return }
            lane.async { self.leased(answers) }
        }
    }

    private func leased(_ answers: [LeaseLane.Answer]) {
        lane.check()
        let now = clock.now()
        for (request, lease) in answers {
            switch lease {
            case .success(let lease): scheduler?.leased(lease, for: request, now: now)
            case .failure(let error):
                scheduler?.notLeased(request, now: now)
                if phase == .running, snapshotValue.storageError == nil { trouble(error) }
            }
        }
        step()
    }
}
