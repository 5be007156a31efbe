/// An origin belongs to one worker at every moment, also while it changes from one to the other.
struct OneWorker: Invariant {
    let name = "one-worker"

    func asked(_ asked: Asked, _ history: History) -> Breach? {
        asked.workerFault.map { Breach(asked.target.origin, "\(asked.target): \($0)") }
    }
}
