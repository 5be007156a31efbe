import CrawlFrontier
import CrawlOutput

extension StorageFault {
    /// What the `error` of a frontier or an archive means; anything else is taken to pass.
    package init(_ error: any Error) {
        if let failure = error as? ArchiveFailure {
            self = failure.isLackOfRoom ? .full : .passing
            return
        }
        guard let error = error as? FrontierError else {
            self = .passing
            return
        }
        self = error.isFull ? .full : error.isForGood ? .forGood : .passing
    }
}
