import CrawlFrontier

extension StorageFault {
    /// What the frontier's `error` means; anything else is taken to pass.
    package init(_ error: any Error) {
        guard let error = error as? FrontierError else {
            self = .passing
            return
        }
        self = error.isFull ? .full : error.isForGood ? .forGood : .passing
    }
}
