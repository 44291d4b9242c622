import signal
import time

from django.core.management.base import BaseCommand
from django.db import DataError, InterfaceError, OperationalError, close_old_connections, connection, connections

from portal.jobs import queue, running

POLL_INTERVAL = 0.5  # seconds; people wait for the first sign of life
RECOVERY_INTERVAL = 2.0  # seconds between two looks for jobs whose worker was killed


class Stopping(BaseException):
    """SIGTERM or SIGINT arrived. No Exception: a handler must not take it for a failure of its own."""


class Command(BaseCommand):
    """Runs queued jobs until stopped; as many of these processes as wanted may run side by side.

    Asked to stop, it breaks off the job in hand (its transaction is undone) and puts it back into the queue.
    """

    requires_system_checks = []  # it serves no pages; whoever deploys runs `check`
    help = "Chạy các việc nền (nhập Excel, in giấy công nhận…) cho đến khi bị dừng bằng Ctrl-C hoặc SIGTERM."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--once", action="store_true", help="dừng khi không còn việc nào chờ")

    def handle(self, *args, once: bool, **options) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _stop)
        control = connections.create_connection("default")
        job = None
        next_recovery = 0.0
        try:
            while True:
                try:
                    if time.monotonic() >= next_recovery:
                        queue.recover(control)
                        next_recovery = time.monotonic() + RECOVERY_INTERVAL
                    job = queue.claim(control)
                    if job:
                        close_old_connections()
                        _notice_our_death()
                        running.execute(job, control)
                        job = None
                    elif once:
                        return
                    else:
                        time.sleep(POLL_INTERVAL)
                except (InterfaceError, OperationalError) as error:
                    self.stderr.write(f"Mất kết nối cơ sở dữ liệu, sẽ thử lại: {error}")
                    control.close()
                    connections.close_all()
                    time.sleep(1)
        except Stopping:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            connections.close_all()
            if job:
                queue.give_back(control, job)
        finally:
            control.close()


def _notice_our_death() -> None:
    """Have the server end a long statement soon after this process was killed, so the job can be done again."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET client_connection_check_interval = '1s'")
    except DataError:
        pass  # not every system can; the lock of queue.lock() then waits for the statement to end


def _stop(*_: object) -> None:
    raise Stopping
