"""Bills of one closing (money.md: "A bill belongs to ...", "Tax", corrections) and their hash."""

import hashlib
from fractions import Fraction

from number import CHARGE_PLACES, fixed, half_even, null_first
from gap import gaps_of_stay
from period import parse, show

LINE_KEY = ("charge_period", "project", "plan", "meter", "price_line")


class Ledger:
    """Credits of the tenant and what is left of each."""

    def __init__(self, rows):
        self._rows = [
            (row["id"], parse(row["granted_at"]), parse(row.get("expires_at"))) for row in rows
        ]
        self._left = {row["id"]: Fraction(row["amount"]) for row in rows}

    def use(self, due, period_end):
        """(credit, used, left) in order of use, while the sum is above zero."""
        fitting = [
            (expires is None, expires or 0, name)
            for name, granted, expires in self._rows
            if granted < period_end and (expires is None or expires >= period_end)
        ]
        used = []
        for _, _, name in sorted(fitting):
            part = min(due, self._left[name])
            if part > 0:
                self._left[name] -= part
                due -= part
                used.append((name, part, self._left[name]))
        return used


class Draft:
    """A bill while its sums are collected; `stay` is null for an organization deleted before the period."""

    def __init__(self, organization, parent, stay):
        self.organization, self.parent, self.stay = organization, parent, stay
        self.number, self.above, self.below = None, None, []
        self.lines = {}

    def order(self):
        """Bills are numbered in order of organization and stay, no stay first."""
        return (self.organization, *null_first(self.stay and self.stay.start))

    def add(self, charge_period, key, charge):
        """Adds a charge to its line."""
        place = (charge_period, key.project, key.plan, key.meter, key.price_line)
        quantity, amount = self.lines.get(place, (0, 0))
        self.lines[place] = (quantity + charge.quantity, amount + charge.amount)

    def totals(self, places):
        """(sum of the lines, own total, total of the children, subtree total)."""
        exact = sum((amount for _, amount in self.lines.values()), Fraction(0))
        own = half_even(exact, places)
        children = sum((child.totals(places)[3] for child in self.below), Fraction(0))
        return exact, own, children, own + children


class Drafts:
    """All bills of one closing, each below its parent's."""

    def __init__(self, tree, period, start, end):
        self.tree, self.period = tree, period
        self._of = {}
        for organization in tree.organizations:
            stays = tree.stays(organization, start, end)
            self._of[organization] = [Draft(organization, stay.parent, stay) for stay in stays]
        for drafts in list(self._of.values()):
            for draft in drafts:
                if draft.parent is not None:
                    self._put_below(draft, self._holding(draft.parent, draft.stay.start))

    def _put_below(self, draft, above):
        draft.above = above
        above.below.append(draft)

    def _holding(self, organization, instant):
        return next(
            draft for draft in self._of[organization]
            if draft.stay.start <= instant < draft.stay.end
        )

    def last(self, organization):
        """The bill of its last stay; a deleted organization gets one without a stay."""
        if not self._of[organization]:
            draft = Draft(organization, self.tree.last_parent(organization), None)
            self._of[organization].append(draft)
            self._put_below(draft, self.last(draft.parent))
        return self._of[organization][-1]

    def of_charge(self, charge_period, key):
        """The bill a charge stands on: that of its stay; a correction: that of the last stay."""
        if charge_period != self.period:
            return self.last(key.organization)
        return self._holding(key.organization, key.stay)

    def numbered(self, closed):
        """All bills in order; closed ones get their numbers."""
        drafts = sorted((draft for rows in self._of.values() for draft in rows), key=Draft.order)
        for count, draft in enumerate(drafts, start=1):
            draft.number = f"{self.period}-{count:04d}" if closed else None
        return drafts


def finished(draft, tenant, period, end, gaps, tax_percent, ledger):
    """The bill as an object of bills.json; `period` is the closing one, `gaps` by organization."""
    places = tenant["minor_digits"]
    exact, own, children, subtree = draft.totals(places)
    found = gaps_of_stay(gaps.get(draft.organization, []), draft.stay) if draft.stay else []
    bill = {
        "number": draft.number,
        "period": period.name,
        "state": "closed" if period.closed else "provisional",
        "organization": draft.organization,
        "parent": draft.parent,
        "parent_bill": draft.above.number if draft.above else None,
        "stay": draft.stay and {"start": show(draft.stay.start), "end": show(draft.stay.end)},
        "currency": tenant["currency"],
        "lines": [
            {
                **dict(zip(LINE_KEY, place)),
                "quantity": quantity,
                "amount": fixed(amount, CHARGE_PLACES),
                "reason": "no price" if place[-1] is None else None,
            }
            for place, (quantity, amount) in sorted(
                draft.lines.items(), key=lambda pair: null_first(*pair[0])
            )
        ],
        "rounding": fixed(own - exact, CHARGE_PLACES),
        "own_total": fixed(own, places),
        "children_total": fixed(children, places),
        "subtree_total": fixed(subtree, places),
        "gaps": [
            {"resource": resource, "start": show(begin), "end": show(stop), "reason": reason}
            for resource, begin, stop, reason in found
        ],
        "tax_percent": None,
        "tax": None,
        "credits": None,
        "payable": None,
    }
    if draft.organization == tenant["root"]:
        tax = half_even(subtree * Fraction(tax_percent) / 100, places)
        used = ledger.use(subtree + tax, end) if period.closed else []
        bill["tax_percent"] = tax_percent
        bill["tax"] = fixed(tax, places)
        bill["credits"] = [
            {"credit": name, "amount": fixed(part, places), "balance": fixed(left, places)}
            for name, part, left in used
        ]
        bill["payable"] = fixed(subtree + tax - sum(part for _, part, _ in used), places)
    bill["closed_at"] = show(period.closed_at) if period.closed else None
    bill["hash"] = bill_hash(bill, tenant["tenant"]) if period.closed else None
    return bill


def bill_hash(bill, tenant):
    """SHA-256 over the rows of billing-export.md, "hash"."""
    stay = bill["stay"] or {}
    rows = [
        ("bill", bill["number"], tenant, bill["organization"], bill["parent_bill"], bill["period"],
         stay.get("start"), stay.get("end"), bill["currency"])
    ]
    for line in bill["lines"]:
        rows.append(("line", *(line[name] for name in (*LINE_KEY, "quantity", "amount"))))
    for gap in bill["gaps"]:
        rows.append(("gap", *(gap[name] for name in ("resource", "start", "end", "reason"))))
    totals = ("rounding", "own_total", "children_total", "subtree_total")
    rows.append(("total", *(bill[name] for name in totals)))
    if bill["tax"] is not None:
        rows.append(("tax", bill["tax_percent"], bill["tax"]))
        for credit in bill["credits"]:
            rows.append(("credit", *(credit[name] for name in ("credit", "amount", "balance"))))
        rows.append(("payable", bill["payable"]))
    text = "".join(
        "\t".join("" if field is None else str(field) for field in row) + "\n" for row in rows
    )
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
