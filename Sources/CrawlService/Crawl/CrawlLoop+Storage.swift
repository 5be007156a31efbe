import CrawlCore
import Synchronization

/// What a fault of the frontier means for the crawl.
package enum StorageFault: Hashable, Sendable {
    /// It may be gone at the next try.
    case passing
    /// The disk has no room: it goes on when there is.
    case full
    /// The frontier is damaged: trying again will not help.
    case forGood
}

// While the frontier cannot store nothing is fetched, and it is found out when it can again.

extension CrawlLoop {
    /// A stop on a full disk: what is in flight could not be stored, nor will what was judged be.
    static let fullDeadline = Duration.seconds(2)

    /// A write failed, whoever's it was; only the want of room concerns the crawl. From any thread.
    func noteTrouble(_ error: any Error) {
        guard fault(error) == .full else { return }
        lane.async { [self] in
            guard phase == .running || phase == .stopping else { return }
            trouble(error)
        }
    }

    /// Nothing is started while storage fails; one look a second tells whether it works again.
    func trouble(_ error: any Error) {
        let text = String(describing: error)
        let isNew = snapshotValue.storageError != text
        snapshotValue.storageError = text
        if fault(error) == .full, snapshotValue.storageFullSince == nil {
            snapshotValue.storageFullSince = clock.now()
            isFull.store(true, ordering: .relaxed)
        }
        if isNew { onTrouble(error) }
        if phase == .stopping { hurryIfFull() }
        // A commit that is under way is the look.
        if committing == nil { lookAgain() }
    }

    func lookAgain() {
        guard !isLooking else { return }
        isLooking = true
        lane.at(clock.now() + settings.retryCommit) { [self] in
            isLooking = false
            guard phase == .running, committing == nil, snapshotValue.storageError != nil else { return }
            guard snapshotValue.storageFullSince != nil else { return storageWorks() }
            // On a full disk only a commit tells.
            isLooking = true
            writer.tryAgain { [self, hasRoom] result in
                let isRoom = hasRoom()
                lane.async { [self] in
                    isLooking = false
                    guard committing == nil else { return }
                    switch result {
                    case .success where isRoom: storageWorks()
                    case .success: lookAgain()
                    case .failure(let error): trouble(error)
                    }
                }
            }
        }
    }

    /// It has stored something, or may have been mended: the next that is started shows.
    func storageWorks() {
        let since = snapshotValue.storageFullSince
        snapshotValue.storageError = nil
        snapshotValue.storageFullSince = nil
        isFull.store(false, ordering: .relaxed)
        if isArchiveFailing {
            isArchiveFailing = false
            onArchive(nil)
        }
        if let since {
            onRoom(since)
            writer.tryAgain { _ in }
        }
        step()
    }
}
