package import CrawlCore

extension Frontier {
    /// The answer to one request alone.
    package func lease(_ request: LeaseRequest) throws -> Lease { try lease([request])[0] }
}
