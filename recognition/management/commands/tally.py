"""Print the figures of a place, a year and a model."""

import datetime
import json

from django.core.management.base import BaseCommand, CommandError

from portal.lib import arguments
from portal.lib.errors import PortalError
from portal.lib.numbers import EMPTY, number
from recognition.choices import LearningModel, Rank, State
from recognition.domain.declared import declared_within, with_declared
from recognition.domain.extents import extent_of
from recognition.domain.tallies import figures_for
from units.domain.places import place_on

LABELS = {
    "total": "Tổng số",
    "registered": "Đăng ký",
    "assessed": "Đã tự đánh giá",
    "reviewed": "Đã bình xét",
    "inspected": "Đã kiểm tra",
    "recognised": "Được công nhận",
    "refused": "Không công nhận",
    "returned": "Trả lại bổ sung",
    "withdrawn": "Đã rút",
}
RATES = {
    "registered_of_total": "Đăng ký/tổng",
    "recognised_of_registered": "Công nhận/đăng ký",
    "recognised_of_total": "Công nhận/tổng",
}


class Command(BaseCommand):
    help = "In số liệu của một địa bàn theo năm và mô hình."

    def add_arguments(self, parser):
        parser.add_argument("--place", required=True, help="mã địa bàn; VN là cả nước")
        parser.add_argument("--on", type=arguments.day, help="ngày để tìm mã địa bàn (mặc định 31/12)")
        parser.add_argument("--year", type=arguments.year, required=True, help="năm xét")
        parser.add_argument("--model", required=True, choices=LearningModel.values, help="mô hình")
        parser.add_argument("--json", action="store_true", help="in kết quả dạng JSON")

    def handle(self, *args, **options):
        year, model = options["year"], options["model"]
        try:
            place = None
            if options["place"].upper() != "VN":
                place = place_on(options["place"], options["on"] or datetime.date(year, 12, 31))
        except PortalError as error:
            raise CommandError(error.message) from error
        figures = with_declared(figures_for(place, year, model), declared_within(place, year, model))
        notices = extent_of(place, year).notices()
        if options["json"]:
            self.stdout.write(json.dumps(_json(place, year, model, figures, notices), ensure_ascii=False))
            return
        self.stdout.write(f"{place or 'Cả nước'} · {LearningModel(model).label} · năm {year}")
        for name, label in LABELS.items():
            self.stdout.write(f"  {label}: {number(figures.shown(name))}")
        for name, label in RATES.items():
            rate = getattr(figures, name)
            self.stdout.write(f"  {label}: {EMPTY if rate is None else number(rate, 2) + '%'}")
        waiting = [f"{State(state).label} {number(count)}" for state, count in figures.waiting.items() if count]
        if waiting:
            self.stdout.write(f"  Đang chờ: {', '.join(waiting)}")
        ranks = [f"{Rank(rank).label} {number(count)}" for rank, count in figures.ranks.items() if count]
        if ranks:
            self.stdout.write(f"  Xếp loại: {', '.join(ranks)}")
        if figures.declared:
            self.stdout.write(f"  Có số liệu khai báo, nguồn: {', '.join(figures.declared)}")
        for notice in notices:
            self.stdout.write(f"  {notice}")


def _json(place, year, model, figures, notices) -> dict:
    rates = {name: getattr(figures, name) for name in RATES}
    return {
        "place": {"code": place.code, "name": place.name} if place else None,
        "year": year,
        "model": model,
        **{name: figures.shown(name) for name in LABELS},
        "waiting": figures.waiting,
        "ranks": figures.ranks,
        "percent": {name: None if rate is None else float(rate) for name, rate in rates.items()},
        "declared": list(figures.declared),
        "notices": notices,
    }
