import Hummingbird
import HummingbirdCore
import Yams
import ServiceLifecycle
import Logging
enum StubCrawlService {}
