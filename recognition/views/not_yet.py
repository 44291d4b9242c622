"""What a place below has not done, in words."""

from django.utils.translation import gettext_lazy

from recognition.choices import Step
from recognition.domain.below import REPORT

NOT_YET = {
    Step.REGISTER: gettext_lazy("chưa đăng ký"),
    Step.SELF_ASSESS: gettext_lazy("chưa tự chấm xong"),
    Step.REVIEW: gettext_lazy("chưa họp bình xét xong"),
    Step.PROPOSE: gettext_lazy("chưa trình đề nghị"),
    REPORT: gettext_lazy("chưa gửi báo cáo năm"),
}
